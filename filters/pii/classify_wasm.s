//go:build go1.27

#include "textflag.h"

// Offsets in a block, and its size.
#define DIGIT 0
#define LETTER 8
#define SPACE 16
#define DASH 24
#define DOT 32
#define COLON 40
#define ESCAPE 48
#define HINT 56
#define BLOCK 64

// Where tables.filter begins.
#define FILTER 160

// LOOKUP sets V13 to the classes of the 16 bytes in V10, by the tables of their low and high four bits.
#define LOOKUP(low, high) \
	Get low; \
	Get V10; \
	Get V8; \
	V128And; \
	I8x16Swizzle; \
	Get high; \
	Get V10; \
	I32Const $4; \
	I16x8ShrU; \
	Get V8; \
	V128And; \
	I8x16Swizzle; \
	V128And

// NEXT shifts the classes in V13, and stores the highest bits of what comes out.
#define NEXT(offset) \
	Get V13; \
	Get V13; \
	I8x16Add; \
	Set V13; \
	Get R2; \
	I32WrapI64; \
	Get V13; \
	I8x16Bitmask; \
	I32Store16 $(offset)

// SIXTEEN does a quarter of a block: hints need the three bytes behind each, too. They are gathered in R4, at bit n*8.
#define SIXTEEN(at, at1, at2, at3, n, bit) \
	Get R0; \
	I32WrapI64; \
	V128Load $at3; \
	Set V10; \
	LOOKUP(V14, V15); \
	Set V12; \
	Get R0; \
	I32WrapI64; \
	V128Load $at2; \
	Set V10; \
	LOOKUP(V6, V7); \
	Get V12; \
	V128And; \
	Set V12; \
	Get R0; \
	I32WrapI64; \
	V128Load $at1; \
	Set V10; \
	LOOKUP(V4, V5); \
	Get V12; \
	V128And; \
	Set V12; \
	Get R0; \
	I32WrapI64; \
	V128Load $at; \
	Set V10; \
	LOOKUP(V2, V3); \
	Get V12; \
	V128And; \
	Get V9; \
	I8x16Ne; \
	Get V10; \
	I32Const $64; \
	I8x16Splat; \
	I8x16Eq; \
	V128Or; \
	I8x16Bitmask; \
	I64ExtendI32U; \
	I64Const $bit; \
	I64Shl; \
	Get R4; \
	I64Or; \
	Set R4; \
	LOOKUP(V0, V1); \
	Set V13; \
	Get R2; \
	I32WrapI64; \
	Get V13; \
	I8x16Bitmask; \
	I32Store16 $(DIGIT+n); \
	Get R2; \
	I32WrapI64; \
	Get V13; \
	Get V11; \
	V128And; \
	Get V9; \
	I8x16Ne; \
	I8x16Bitmask; \
	I32Store16 $(LETTER+n); \
	NEXT(SPACE+n); \
	NEXT(DASH+n); \
	NEXT(DOT+n); \
	NEXT(COLON+n); \
	NEXT(ESCAPE+n)

#define TABLE(offset, to) \
	Get R3; \
	I32WrapI64; \
	V128Load $offset; \
	Set to

// FILTERED pushes the filter's bit, and others above it, for the window on the stack.
#define FILTERED \
	I64Const $0x9e3779b1; \
	I64Mul; \
	I64Const $17; \
	I64ShrU; \
	I64Const $0x7fff; \
	I64And; \
	Set R8; \
	Get R3; \
	Get R8; \
	I64Const $3; \
	I64ShrU; \
	I64Add; \
	I32WrapI64; \
	I64Load8U $FILTER; \
	Get R8; \
	I64Const $7; \
	I64And; \
	I64ShrU

// func classifyBlocks(p unsafe.Pointer, n uint64, out, t unsafe.Pointer)
TEXT ·classifyBlocks(SB), NOSPLIT, $0-32
	MOVD p+0(FP), R0
	MOVD n+8(FP), R1
	MOVD out+16(FP), R2
	MOVD t+24(FP), R3
	TABLE(0, V0)
	TABLE(16, V1)
	TABLE(32, V2)
	TABLE(48, V3)
	TABLE(64, V4)
	TABLE(80, V5)
	TABLE(96, V6)
	TABLE(112, V7)
	TABLE(128, V14)
	TABLE(144, V15)
	I32Const $15
	I8x16Splat
	Set V8
	I32Const $0
	I8x16Splat
	Set V9
	I32Const $3 // isLowRowBit, isHighRowBit
	I8x16Splat
	Set V11
	Loop
		I64Const $0
		Set R4
		SIXTEEN(0, 1, 2, 3, 0, 0)
		SIXTEEN(16, 17, 18, 19, 2, 16)
		SIXTEEN(32, 33, 34, 35, 4, 32)
		SIXTEEN(48, 49, 50, 51, 6, 48)
		// What the sets let through is looked up in the filter: R4 has what is left, R5 what passes.
		I64Const $0
		Set R5
		Block
		Loop
			Get R4
			I64Eqz
			BrIf $1
			Get R0
			Get R4
			I64Ctz
			I64Add
			I32WrapI64
			I64Load32U $0
			Set R6
			Get R6
			I64Const $0x20202020
			I64Or
			Set R7
			Get R7
			FILTERED
			Get R7
			I64Const $0xffffff
			I64And
			FILTERED
			I64Or
			I64Const $1
			I64And
			Get R6 // an '@' passes
			I64Const $255
			I64And
			I64Const $64
			I64Eq
			I64ExtendI32U
			I64Or
			Get R4
			I64Ctz
			I64Shl
			Get R5
			I64Or
			Set R5
			Get R4
			Get R4
			I64Const $1
			I64Sub
			I64And
			Set R4
			Br $0
		End
		End
		Get R2
		I32WrapI64
		Get R5
		I64Store $HINT
		Get R0
		I64Const $64
		I64Add
		Set R0
		Get R2
		I64Const $BLOCK
		I64Add
		Set R2
		Get R1
		I64Const $1
		I64Sub
		Set R1
		Get R1
		I64Eqz
		I32Eqz
		BrIf $0
	End
	RET
