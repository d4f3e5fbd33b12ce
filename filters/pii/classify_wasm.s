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
	I8x16ShrU; \
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

// SIXTEEN does a quarter of a block: hints need the bytes one and two further, too.
#define SIXTEEN(at, at1, at2, n) \
	Get R0; \
	I32WrapI64; \
	V128Load $at2; \
	Set V10; \
	LOOKUP(V6, V7); \
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
	Get R2; \
	I32WrapI64; \
	LOOKUP(V2, V3); \
	Get V12; \
	V128And; \
	Get V9; \
	I8x16Ne; \
	Get V10; \
	Get V14; \
	I8x16Eq; \
	V128Or; \
	I8x16Bitmask; \
	I32Store16 $(HINT+n); \
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
	I32Const $15
	I8x16Splat
	Set V8
	I32Const $0
	I8x16Splat
	Set V9
	I32Const $3 // isLowRowBit, isHighRowBit
	I8x16Splat
	Set V11
	I32Const $64 // '@'
	I8x16Splat
	Set V14
	Loop
		SIXTEEN(0, 1, 2, 0)
		SIXTEEN(16, 17, 18, 2)
		SIXTEEN(32, 33, 34, 4)
		SIXTEEN(48, 49, 50, 6)
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
