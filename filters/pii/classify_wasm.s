//go:build go1.27

#include "textflag.h"

// Offsets in a block, and its size.
#define DIGIT 0
#define LETTER 8
#define SPACE 16
#define DASH 24
#define DOT 32
#define AT 40
#define RARE 48
#define HINT 56
#define BLOCK 64

// Offsets in anchors.
#define A_AT 0
#define A_HINT 8
#define A_CARD 16
#define A_SSN 24
#define A_IPV4 32
#define A_IBAN 40
#define ANCHORS 48

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
	NEXT(AT+n); \
	NEXT(RARE+n)

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

// LOAD pushes 8 bytes, STORE begins to store some.
#define LOAD(from, offset) \
	Get from; \
	I32WrapI64; \
	I64Load $(offset)

#define TO(to) \
	Get to; \
	I32WrapI64

// WIDE pushes the mask in low, with bits of the next block in high, shifted down by n. m is 64-n.
#define WIDE(low, high, n, m) \
	Get low; \
	I64Const $n; \
	I64ShrU; \
	Get high; \
	I64Const $m; \
	I64Shl; \
	I64Or

// UP pushes the mask shifted up by one, with a bit of the block before.
#define UP(low, mask) \
	Get mask; \
	I64Const $1; \
	I64Shl; \
	Get low; \
	I64Const $63; \
	I64ShrU; \
	I64Or

#define NOT \
	I64Const $-1; \
	I64Xor

// KEEP stores what is on the stack above an address, and notes it in R15.
#define KEEP(offset) \
	Set R12; \
	Get R12; \
	I64Store $(offset); \
	Get R15; \
	Get R12; \
	I64Or; \
	Set R15

// NEAR pushes those dots of R10 that have another of them, or of R11 in the next block, two to four bytes further.
#define NEAR \
	WIDE(R10, R11, 2, 62); \
	WIDE(R10, R11, 3, 61); \
	I64Or; \
	WIDE(R10, R11, 4, 60); \
	I64Or; \
	Get R10; \
	I64And

// func findBlockAnchors(b, found, mask unsafe.Pointer, n, starts uint64) (some uint64)
//
// R0 the block before, R1 blocks left, R2 to found, R3 mask, R4 starts, R5 digits before, R6 digits, R7 row, R8 digits after, R9 row after,
// R10 to R12 temporary, R13 some, R14 the bit of the block, R15 all anchors of the block.
TEXT ·findBlockAnchors(SB), NOSPLIT, $0-48
	MOVD b+0(FP), R0
	MOVD found+8(FP), R2
	MOVD mask+16(FP), R3
	MOVD n+24(FP), R1
	MOVD starts+32(FP), R4
	MOVD $0, R13
	MOVD $1, R14
	LOAD(R0, DIGIT)
	Set R5
	LOAD(R0, BLOCK+DIGIT)
	Set R6
	LOAD(R0, 2*BLOCK+DIGIT)
	Set R8
	UP(R5, R6)
	WIDE(R6, R8, 1, 63)
	I64And
	LOAD(R0, BLOCK+SPACE)
	LOAD(R0, BLOCK+DASH)
	I64Or
	I64And
	Get R6
	I64Or
	Set R7
	Loop
		LOAD(R0, 2*BLOCK+DIGIT)
		Set R8
		LOAD(R0, 3*BLOCK+DIGIT)
		Set R10
		UP(R6, R8)
		WIDE(R8, R10, 1, 63)
		I64And
		LOAD(R0, 2*BLOCK+SPACE)
		LOAD(R0, 2*BLOCK+DASH)
		I64Or
		I64And
		Get R8
		I64Or
		Set R9

		MOVD $0, R15
		TO(R2)
		LOAD(R0, BLOCK+AT)
		LOAD(R3, A_AT)
		I64And
		LOAD(R0, BLOCK+SPACE)
		I64Const $1
		I64Shl
		LOAD(R0, SPACE)
		I64Const $63
		I64ShrU
		I64Or
		NOT
		I64And
		KEEP(A_AT)
		TO(R2)
		LOAD(R0, BLOCK+HINT)
		LOAD(R3, A_HINT)
		I64And
		KEEP(A_HINT)

		Block
		Block
			Get R8
			I64Const $7
			I64And
			Get R6
			I64Or
			I64Eqz
			BrIf $0

			// card
			WIDE(R7, R9, 1, 63)
			Get R7
			I64And
			Set R10
			Get R9
			I64Const $1
			I64ShrU
			Get R9
			I64And
			Set R11
			WIDE(R10, R11, 2, 62)
			Get R10
			I64And
			Set R10
			Get R11
			I64Const $2
			I64ShrU
			Get R11
			I64And
			Set R11
			TO(R2)
			WIDE(R10, R11, 4, 60)
			Get R10
			I64And
			WIDE(R10, R11, 8, 56)
			I64And
			LOAD(R0, BLOCK+RARE)
			NOT
			WIDE(R10, R11, 11, 53)
			I64Or
			I64And
			Get R6
			I64And
			LOAD(R3, A_CARD)
			I64And
			UP(R5, R6)
			Get R4
			I64And
			NOT
			I64And
			KEEP(A_CARD)

			// ssn
			Get R7
			Get R6
			I64Xor // a row has all digits
			Set R10
			Get R9
			Get R8
			I64Xor
			Set R11
			TO(R2)
			WIDE(R10, R11, 3, 61)
			Get R10
			I64And
			WIDE(R6, R8, 4, 60)
			I64And
			WIDE(R6, R8, 5, 59)
			I64And
			WIDE(R6, R8, 6, 58)
			I64And
			WIDE(R6, R8, 7, 57)
			I64And
			LOAD(R3, A_SSN)
			I64And
			KEEP(A_SSN)

			// ipv4
			UP(R6, R8)
			Get R8
			I64Const $1
			I64ShrU
			I64And
			LOAD(R0, 2*BLOCK+DOT)
			I64And
			Set R11
			UP(R5, R6)
			WIDE(R6, R8, 1, 63)
			I64And
			LOAD(R0, BLOCK+DOT)
			I64And
			Set R10
			NEAR
			Set R10
			Get R11
			I64Const $2
			I64ShrU
			Get R11
			I64Const $3
			I64ShrU
			I64Or
			Get R11
			I64Const $4
			I64ShrU
			I64Or
			Get R11
			I64And
			Set R11
			TO(R2)
			NEAR
			LOAD(R3, A_IPV4)
			I64And
			KEEP(A_IPV4)

			// iban
			LOAD(R0, BLOCK+LETTER)
			Set R10
			LOAD(R0, 2*BLOCK+LETTER)
			Set R11
			TO(R2)
			WIDE(R10, R11, 1, 63)
			Get R10
			I64And
			WIDE(R6, R8, 2, 62)
			I64And
			WIDE(R6, R8, 3, 61)
			I64And
			LOAD(R3, A_IBAN)
			I64And
			KEEP(A_IBAN)
			Br $1
		End
			TO(R2)
			I64Const $0
			I64Store $A_CARD
			TO(R2)
			I64Const $0
			I64Store $A_SSN
			TO(R2)
			I64Const $0
			I64Store $A_IPV4
			TO(R2)
			I64Const $0
			I64Store $A_IBAN
		End

		Get R13
		I64Const $0
		Get R14
		Get R15
		I64Eqz
		Select
		I64Or
		Set R13
		Get R14
		I64Const $1
		I64Shl
		Set R14
		MOVD R6, R5
		MOVD R8, R6
		MOVD R9, R7
		Get R0
		I64Const $BLOCK
		I64Add
		Set R0
		Get R2
		I64Const $ANCHORS
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
	MOVD R13, some+40(FP)
	RET
