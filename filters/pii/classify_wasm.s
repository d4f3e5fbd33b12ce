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

// PC_B, which a leaf function without jumps of Go doesn't need, is the only local of 32 bits: as an address it spares a conversion and a check of bounds at
// each access. Masks are gathered in registers and stored once.

// NIBBLES sets V12 to the 16 bytes at an offset, V10 and V13 to their low and high four bits.
#define NIBBLES(offset) \
	Get PC_B; \
	V128Load $offset; \
	Set V12; \
	Get V12; \
	I32Const $4; \
	I16x8ShrU; \
	Get V8; \
	V128And; \
	Set V13; \
	Get V12; \
	Get V8; \
	V128And; \
	Set V10

// LOOKUP pushes the classes of the bytes of which V10 and V13 have the low and high four bits.
#define LOOKUP(low, high) \
	Get low; \
	Get V10; \
	I8x16Swizzle; \
	Get high; \
	Get V13; \
	I8x16Swizzle; \
	V128And

// GATHER adds the bits of what is on the stack to a mask.
#define GATHER(n, mask) \
	I8x16Bitmask; \
	I64ExtendI32U; \
	I64Const $n; \
	I64Shl; \
	Get mask; \
	I64Or; \
	Set mask

// NEXT shifts the classes in V11 up, and gathers the highest bits.
#define NEXT(n, mask) \
	Get V11; \
	Get V11; \
	I8x16Add; \
	Set V11; \
	Get V11; \
	GATHER(n, mask)

// SIXTEEN does a quarter of a block: hints need the three bytes behind each, too. R4 has where there is none.
#define SIXTEEN(at, at1, at2, at3) \
	NIBBLES(at3); \
	LOOKUP(V14, V15); \
	Set V11; \
	NIBBLES(at2); \
	LOOKUP(V6, V7); \
	Get V11; \
	V128And; \
	Set V11; \
	NIBBLES(at1); \
	LOOKUP(V4, V5); \
	Get V11; \
	V128And; \
	Set V11; \
	NIBBLES(at); \
	LOOKUP(V2, V3); \
	Get V11; \
	V128And; \
	Get V9; \
	I8x16Eq; \
	Get V12; \
	I32Const $64; \
	I8x16Splat; \
	I8x16Eq; \
	V128Andnot; \
	GATHER(at, R4); \
	LOOKUP(V0, V1); \
	Set V11; \
	Get V11; \
	GATHER(at, R9); \
	Get V11; \
	I32Const $3; \
	I8x16Splat; \
	V128And; \
	Get V9; \
	I8x16Eq; \
	GATHER(at, R10); \
	NEXT(at, R11); \
	NEXT(at, R12); \
	NEXT(at, R13); \
	NEXT(at, R14); \
	NEXT(at, R15)

#define TABLE(offset, to) \
	Get R3; \
	I32WrapI64; \
	V128Load $offset; \
	Set to

#define STORE(offset, mask) \
	Get R2; \
	I32WrapI64; \
	Get mask; \
	I64Store $offset

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
//
// R0 the text, R1 blocks left, R2 out, R3 tables, R4 and R9 to R15 the masks, R5 to R8 temporary. V0 to V7, V14 and V15 tables, V8 four bits, V9 zero.
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
	Get R0
	I32WrapI64
	Set PC_B
	Loop
		MOVD $0, R4
		MOVD $0, R9
		MOVD $0, R10
		MOVD $0, R11
		MOVD $0, R12
		MOVD $0, R13
		MOVD $0, R14
		MOVD $0, R15
		SIXTEEN(0, 1, 2, 3)
		SIXTEEN(16, 17, 18, 19)
		SIXTEEN(32, 33, 34, 35)
		SIXTEEN(48, 49, 50, 51)
		Get R4
		I64Const $-1
		I64Xor
		Set R4
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
		STORE(HINT, R5)
		STORE(DIGIT, R9)
		Get R2
		I32WrapI64
		Get R10
		I64Const $-1
		I64Xor
		I64Store $LETTER
		STORE(SPACE, R11)
		STORE(DASH, R12)
		STORE(DOT, R13)
		STORE(COLON, R14)
		STORE(ESCAPE, R15)
		Get PC_B
		I32Const $64
		I32Add
		Set PC_B
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

// func findAnchors(b, found, rows, carry, mask unsafe.Pointer, n uint64) (some uint64)
//
// PC_B the block before, R0 blocks left, R1 found, R2 rows, R3 some, R5 and R6 carries, R7 row, R8 row after, R4 and R9 to R11 bytes that are the last of 1, 2, 4, 8 ones of
// a word, R12 to R14 temporary, R15 all anchors of the block.
TEXT ·findAnchors(SB), NOSPLIT, $0-56
	MOVD rows+16(FP), R2
	MOVD found+8(FP), R1
	MOVD n+40(FP), R0
	MOVD carry+24(FP), R12
	Get R12
	I32WrapI64
	I64Load $0
	Set R5
	Get R12
	I32WrapI64
	I64Load $8
	Set R6
	Get R12
	I32WrapI64
	I64Load $16
	Set R4
	Get R12
	I32WrapI64
	I64Load $24
	Set R9
	Get R12
	I32WrapI64
	I64Load $32
	Set R10
	Get R12
	I32WrapI64
	I64Load $40
	Set R11
	MOVD $0, R3
	Get R2
	I32WrapI64
	I64Load $8
	Set R7
	MOVD b+0(FP), R12
	Get R12
	I32WrapI64
	Set PC_B
	Loop
		MOVD mask+32(FP), R13
		// hints
		Get PC_B
		I64Load $120
		Get R13
		I32WrapI64
		I64Load $0
		I64And
		Set R15
		Get R1
		I32WrapI64
		Get R15
		I64Store $0
		// the row of the block after
		Get PC_B
		I64Load $144
		Get PC_B
		I64Load $152
		I64Or
		Get PC_B
		I64Load $160
		I64Or
		Set R14
		Get PC_B
		I64Load $128
		I64Const $1
		I64Shl
		Get PC_B
		I64Load $64
		I64Const $63
		I64ShrU
		I64Or
		Set R12
		Get PC_B
		I64Load $128
		I64Const $1
		I64ShrU
		Get PC_B
		I64Load $192
		I64Const $63
		I64Shl
		I64Or
		Set R13
		Get PC_B
		I64Load $128
		Get R14
		Get R12
		Get R13
		I64And
		Get R12
		Get R14
		I64Const $1
		I64ShrU
		Get PC_B
		I64Load $208
		Get PC_B
		I64Load $216
		I64Or
		Get PC_B
		I64Load $224
		I64Or
		I64Const $63
		I64Shl
		I64Or
		I64And
		Get PC_B
		I64Load $128
		I64Const $2
		I64ShrU
		Get PC_B
		I64Load $192
		I64Const $62
		I64Shl
		I64Or
		I64And
		I64Or
		Get R14
		I64Const $1
		I64Shl
		Get PC_B
		I64Load $80
		Get PC_B
		I64Load $88
		I64Or
		Get PC_B
		I64Load $96
		I64Or
		I64Const $63
		I64ShrU
		I64Or
		Get PC_B
		I64Load $128
		I64Const $2
		I64Shl
		Get PC_B
		I64Load $64
		I64Const $62
		I64ShrU
		I64Or
		I64And
		Get R13
		I64And
		I64Or
		I64And
		I64Or
		Set R8
		Get R2
		I32WrapI64
		Get R8
		I64Store $16
		// numbers
		Get R7
		Get R7
		I64Const $1
		I64ShrU
		Get R8
		I64Const $63
		I64Shl
		I64Or
		I64And
		Set R12
		Get R8
		Get R8
		I64Const $1
		I64ShrU
		I64And
		Set R13
		Get R12
		I64Const $2
		I64ShrU
		Get R13
		I64Const $62
		I64Shl
		I64Or
		Set R14
		Get R12
		Get R14
		I64And
		Set R12
		Get R13
		Get R13
		I64Const $2
		I64ShrU
		I64And
		Set R13
		Get PC_B
		I64Load $64
		I64Const $1
		I64Shl
		Get PC_B
		I64Load $0
		I64Const $63
		I64ShrU
		I64Or
		Set R14
		Get PC_B
		I64Load $64
		Get R12
		I64And
		Get R12
		I64Const $3
		I64ShrU
		Get R13
		I64Const $61
		I64Shl
		I64Or
		I64And
		Get R14
		I64Const $-1
		I64Xor
		I64And
		Get PC_B
		I64Load $88
		Get PC_B
		I64Load $96
		I64Or
		Get R14
		I64And
		I64Const $1
		I64Shl
		Get PC_B
		I64Load $24
		Get PC_B
		I64Load $32
		I64Or
		Get PC_B
		I64Load $0
		I64Const $1
		I64Shl
		I64And
		I64Const $63
		I64ShrU
		I64Or
		I64Const $-1
		I64Xor
		I64And
		Set R12
		MOVD mask+32(FP), R13
		Get R12
		Get R13
		I32WrapI64
		I64Load $8
		I64And
		Set R12
		Get R1
		I32WrapI64
		Get R12
		I64Store $8
		Get R15
		Get R12
		I64Or
		Set R15
		// countries: R14 the letters that are no escapes
		Get PC_B
		I64Load $72
		Get PC_B
		I64Load $112
		I64Const $1
		I64Shl
		Get PC_B
		I64Load $48
		I64Const $63
		I64ShrU
		I64Or
		I64Const $-1
		I64Xor
		I64And
		Set R14
		Get R14
		Get PC_B
		I64Load $72
		I64Const $1
		I64ShrU
		Get PC_B
		I64Load $136
		I64Const $63
		I64Shl
		I64Or
		I64And
		Get PC_B
		I64Load $64
		I64Const $2
		I64ShrU
		Get PC_B
		I64Load $128
		I64Const $62
		I64Shl
		I64Or
		I64And
		Get PC_B
		I64Load $64
		I64Const $3
		I64ShrU
		Get PC_B
		I64Load $128
		I64Const $61
		I64Shl
		I64Or
		I64And
		Get PC_B
		I64Load $64
		I64Const $1
		I64Shl
		Get PC_B
		I64Load $0
		I64Const $63
		I64ShrU
		I64Or
		I64Const $-1
		I64Xor
		I64And
		Get R14
		I64Const $1
		I64Shl
		Get PC_B
		I64Load $8
		Get PC_B
		I64Load $48
		I64Const $1
		I64Shl
		I64Const $-1
		I64Xor
		I64And
		I64Const $63
		I64ShrU
		I64Or
		I64Const $-1
		I64Xor
		I64And
		Get R13
		I32WrapI64
		I64Load $24
		I64And
		Set R12
		Get R1
		I32WrapI64
		Get R12
		I64Store $24
		Get R15
		Get R12
		I64Or
		Set R15
		// words
		Get PC_B
		I64Load $64
		Get R14
		I64Or
		Set R12
		Get R12
		Get PC_B
		I64Load $64
		I64Add
		Get R5
		I64Add
		Set R13
		Get PC_B
		I64Load $64
		Get R12
		Get R13
		I64Const $-1
		I64Xor
		I64And
		I64Or
		I64Const $63
		I64ShrU
		Set R5
		Get R12
		Get R14
		I64Add
		Get R6
		I64Add
		Set R8
		Get R14
		Get R12
		Get R8
		I64Const $-1
		I64Xor
		I64And
		I64Or
		I64Const $63
		I64ShrU
		Set R6
		Get R13
		Get R8
		I64And
		Get R12
		I64Const $-1
		I64Xor
		I64And
		Set R13
		Get R12
		Get R12
		I64Const $1
		I64Shl
		Get R4
		I64Const $63
		I64ShrU
		I64Or
		I64And
		Set R14
		Get R12
		Set R4
		Get R14
		Get R14
		I64Const $2
		I64Shl
		Get R9
		I64Const $62
		I64ShrU
		I64Or
		I64And
		Set R12
		Get R14
		Set R9
		Get R12
		Get R12
		I64Const $4
		I64Shl
		Get R10
		I64Const $60
		I64ShrU
		I64Or
		I64And
		Set R14
		Get R12
		Set R10
		Get R13
		Get R14
		I64Const $1
		I64Shl
		Get R11
		I64Const $63
		I64ShrU
		I64Or
		I64And
		Set R12
		Get R14
		Set R11
		Get R2
		I32WrapI64
		I64Load $16
		Set R8
		MOVD mask+32(FP), R13
		Get R12
		Get R13
		I32WrapI64
		I64Load $16
		I64And
		Set R12
		Get R1
		I32WrapI64
		Get R12
		I64Store $16
		Get R15
		Get R12
		I64Or
		Set R15
		// colons
		MOVD $0, R12
		Block
			Get PC_B
			I64Load $104
			I64Eqz
			BrIf $0
			Get PC_B
			I64Load $64
			Get PC_B
			I64Load $72
			I64Or
			Set R14
			Get R14
			I64Const $1
			I64ShrU
			Get PC_B
			I64Load $128
			Get PC_B
			I64Load $136
			I64Or
			I64Const $63
			I64Shl
			I64Or
			Set R13
			Get PC_B
			I64Load $104
			Get PC_B
			I64Load $104
			I64Const $1
			I64Shl
			Get PC_B
			I64Load $40
			I64Const $63
			I64ShrU
			I64Or
			I64And
			Get R13
			Get R14
			I64Const $2
			I64Shl
			Get PC_B
			I64Load $0
			Get PC_B
			I64Load $8
			I64Or
			I64Const $62
			I64ShrU
			I64Or
			I64Or
			I64And
			Set R12
			Get PC_B
			I64Load $104
			Get R13
			I64And
			Get R14
			I64Const $1
			I64Shl
			Get PC_B
			I64Load $0
			Get PC_B
			I64Load $8
			I64Or
			I64Const $63
			I64ShrU
			I64Or
			I64And
			Set R13
			Block
				Get R13
				I64Eqz
				BrIf $0
				Get PC_B
				I64Load $168
				Get PC_B
				I64Load $128
				Get PC_B
				I64Load $136
				I64Or
				I64Const $1
				I64Shl
				Get PC_B
				I64Load $64
				Get PC_B
				I64Load $72
				I64Or
				I64Const $63
				I64ShrU
				I64Or
				I64And
				Set R14
				Get R13
				Get R13
				I64Const $2
				I64ShrU
				Get R14
				I64Const $62
				I64Shl
				I64Or
				Get R13
				I64Const $3
				I64ShrU
				Get R14
				I64Const $61
				I64Shl
				I64Or
				I64Or
				Get R13
				I64Const $4
				I64ShrU
				Get R14
				I64Const $60
				I64Shl
				I64Or
				I64Or
				Get R13
				I64Const $5
				I64ShrU
				Get R14
				I64Const $59
				I64Shl
				I64Or
				I64Or
				I64And
				Set R13
				Get R14
				Get R14
				I64Const $2
				I64ShrU
				Get R14
				I64Const $3
				I64ShrU
				I64Or
				Get R14
				I64Const $4
				I64ShrU
				I64Or
				Get R14
				I64Const $5
				I64ShrU
				I64Or
				I64And
				Set R14
				Get R12
				Get R13
				Get R13
				I64Const $2
				I64ShrU
				Get R14
				I64Const $62
				I64Shl
				I64Or
				Get R13
				I64Const $3
				I64ShrU
				Get R14
				I64Const $61
				I64Shl
				I64Or
				I64Or
				Get R13
				I64Const $4
				I64ShrU
				Get R14
				I64Const $60
				I64Shl
				I64Or
				I64Or
				Get R13
				I64Const $5
				I64ShrU
				Get R14
				I64Const $59
				I64Shl
				I64Or
				I64Or
				I64And
				I64Or
				Set R12
			End
			MOVD mask+32(FP), R13
			Get R12
			Get R13
			I32WrapI64
			I64Load $32
			I64And
			Set R12
		End
		Get R1
		I32WrapI64
		Get R12
		I64Store $32
		Get R15
		Get R12
		I64Or
		Set R15
		// hyphens, and dots around a group of four
		Get PC_B
		I64Load $64
		Get PC_B
		I64Load $72
		I64Or
		Set R14
		Get PC_B
		I64Load $88
		Get PC_B
		I64Load $88
		I64Const $3
		I64ShrU
		Get PC_B
		I64Load $152
		I64Const $61
		I64Shl
		I64Or
		I64And
		Get PC_B
		I64Load $88
		I64Const $6
		I64ShrU
		Get PC_B
		I64Load $152
		I64Const $58
		I64Shl
		I64Or
		I64And
		Get PC_B
		I64Load $88
		I64Const $9
		I64ShrU
		Get PC_B
		I64Load $152
		I64Const $55
		I64Shl
		I64Or
		I64And
		Get PC_B
		I64Load $88
		I64Const $12
		I64ShrU
		Get PC_B
		I64Load $152
		I64Const $52
		I64Shl
		I64Or
		I64And
		Get PC_B
		I64Load $96
		Get PC_B
		I64Load $96
		I64Const $5
		I64ShrU
		Get PC_B
		I64Load $160
		I64Const $59
		I64Shl
		I64Or
		I64And
		Get R14
		I64Const $4
		I64Shl
		Get PC_B
		I64Load $0
		Get PC_B
		I64Load $8
		I64Or
		I64Const $60
		I64ShrU
		I64Or
		I64And
		Get R14
		I64Const $5
		I64Shl
		Get PC_B
		I64Load $0
		Get PC_B
		I64Load $8
		I64Or
		I64Const $59
		I64ShrU
		I64Or
		I64Const $-1
		I64Xor
		I64And
		Get R14
		I64Const $9
		I64ShrU
		Get PC_B
		I64Load $128
		Get PC_B
		I64Load $136
		I64Or
		I64Const $55
		I64Shl
		I64Or
		I64And
		Get R14
		I64Const $10
		I64ShrU
		Get PC_B
		I64Load $128
		Get PC_B
		I64Load $136
		I64Or
		I64Const $54
		I64Shl
		I64Or
		I64Const $-1
		I64Xor
		I64And
		I64Or
		Set R12
		MOVD mask+32(FP), R13
		Get R12
		Get R13
		I32WrapI64
		I64Load $40
		I64And
		Set R12
		Get R1
		I32WrapI64
		Get R12
		I64Store $40
		Get R15
		Get R12
		I64Or
		Set R15
		Get R3
		I64Const $1
		I64ShrU
		I64Const $0
		I64Const $-9223372036854775808
		Get R15
		I64Eqz
		Select
		I64Or
		Set R3
		MOVD R8, R7
		Get PC_B
		I32Const $64
		I32Add
		Set PC_B
		Get R1
		I64Const $48
		I64Add
		Set R1
		Get R2
		I64Const $8
		I64Add
		Set R2
		Get R0
		I64Const $1
		I64Sub
		Set R0
		Get R0
		I64Eqz
		I32Eqz
		BrIf $0
	End
	MOVD carry+24(FP), R12
	Get R12
	I32WrapI64
	Get R5
	I64Store $0
	Get R12
	I32WrapI64
	Get R6
	I64Store $8
	Get R12
	I32WrapI64
	Get R4
	I64Store $16
	Get R12
	I32WrapI64
	Get R9
	I64Store $24
	Get R12
	I32WrapI64
	Get R10
	I64Store $32
	Get R12
	I32WrapI64
	Get R11
	I64Store $40
	MOVD n+40(FP), R0
	Get R3
	I64Const $64
	Get R0
	I64Sub
	I64ShrU
	Set R3
	MOVD R3, some+48(FP)
	RET
