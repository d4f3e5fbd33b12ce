package main

import (
	"fmt"
	"strings"
)

func (e *emitter) emitDecode() {
	s := e.s
	e.line("func (x *%s) decode(r *wire.Reader, v int16) {", s.goName)
	for _, run := range e.runs() {
		f := run[0]
		untagged := f.present &^ f.tagged
		if untagged&s.context == 0 {
			continue // decodeTags sees to it
		}
		e.guard(cond(untagged, s.context), func() {
			if fixed(f, s.context) {
				e.decodeRun(run)
			} else {
				e.decodeField(f, untagged)
			}
		}, func() {
			for _, f := range run {
				e.line("%s", resetStmt(f))
			}
		})
	}
	e.decodeTags()
	e.line("}\n")
}

func (e *emitter) decodeTags() {
	if !e.flexibleHere() {
		return
	}
	known := e.tagged()
	e.guard(cond(e.m.flexible, e.s.context), func() {
		if len(known) == 0 {
			e.line("x.UnknownTags = r.Tags(x.UnknownTags, %q)", e.s.goName)
			return
		}
		e.decodeKnownTags(known)
	}, func() {
		for _, f := range known {
			e.line("%s", resetStmt(f))
		}
		e.line("x.UnknownTags = x.UnknownTags[:0]")
	})
}

// decodeKnownTags reads the tagged fields. Those that weren't there get their defaults only then, so that those that are can
// reuse their slices.
func (e *emitter) decodeKnownTags(known []*field) {
	e.line("x.UnknownTags = x.UnknownTags[:0]\nvar seen uint64")
	e.line("for t := r.TagSection(%q); t.Next(r); {\nswitch {", e.s.goName)
	for i, f := range known {
		test := fmt.Sprintf("t.Number == %d", f.tag)
		if c := cond(f.tagged, e.m.flexible&e.s.context); c != "true" {
			test += " && " + c
		}
		e.line("case %s:\nseen |= 1 << %d\nt.Enter(r)", test, i)
		if fixed(&field{typ: f.typ, array: f.array}, 0) {
			e.decodeRun([]*field{f})
		} else {
			e.decodeTagged(f)
		}
		e.line("t.Leave(r, %q)", e.qualified(f))
	}
	e.line("default:\nx.UnknownTags = t.Keep(r, x.UnknownTags)\n}\n}")
	for i, f := range known {
		e.line("if seen&(1<<%d) == 0 {\n%s\n}", i, resetStmt(f))
	}
}

// decodeRun reads fixed-size fields after one check of the length.
func (e *emitter) decodeRun(run []*field) {
	width := 0
	var names strings.Builder
	for _, f := range run {
		fmt.Fprintf(&names, `%s\x%02x`, e.qualified(f), widths[f.typ])
		width += widths[f.typ]
	}
	e.line("if p := r.Next(%d); len(p) == %d {", width, width)
	at := 0
	for _, f := range run {
		end := at + widths[f.typ]
		e.line("x.%s = %s", f.goName, decodeFixed(f.typ, at, end))
		at = end
	}
	e.line("} else {\nr.Short(\"%s\")\n}", names.String())
}

func decodeFixed(typ string, at, end int) string {
	switch typ {
	case "bool":
		return fmt.Sprintf("p[%d] != 0", at)
	case "int8":
		return fmt.Sprintf("int8(p[%d])", at)
	case "uuid":
		return fmt.Sprintf("wire.UUID(p[%d:%d])", at, end)
	}
	return fmt.Sprintf("wire.%s(p[%d:%d])", upper(typ), at, end)
}

// decodeField reads any field but a fixed-size one, in the given versions.
func (e *emitter) decodeField(f *field, in versionSet) {
	c := in & e.s.context
	flex, null := cond(f.flexible, c), cond(f.nullable, c)
	x, name := "x."+f.goName, e.qualified(f)
	switch {
	case f.array:
		e.decodeArray(f, flex, null)
	case f.typ == "string":
		e.line("%s = r.String(%s, %s, %q)", x, flex, null, name)
	case f.typ == "bytes" || f.typ == "records":
		e.line("%s = r.Bytes(%s, %s, %q)", x, flex, null, name)
	case f.nullable == 0:
		e.line("%s.decode(r, v)", x)
	default:
		e.decodeNullableStruct(f, null, "Marker")
	}
}

// decodeTagged reads the content of a tagged field that isn't of fixed size.
func (e *emitter) decodeTagged(f *field) {
	if f.strct != nil && !f.array && f.nullable != 0 {
		e.decodeNullableStruct(f, cond(f.nullable, f.tagged&e.s.context), "TagMarker")
		return
	}
	e.decodeField(f, f.tagged)
}

func (e *emitter) decodeNullableStruct(f *field, null, marker string) {
	x := "x." + f.goName
	test := fmt.Sprintf("r.%s(%q)", marker, e.qualified(f))
	if null == "false" {
		test = "true"
	} else if null != "true" {
		test = fmt.Sprintf("!(%s) || %s", null, test)
	}
	e.guard(test, func() {
		e.line("if %s == nil {\n%s = new(%s)\n}", x, x, f.strct.goName)
		e.line("%s.decode(r, v)", x)
	}, func() {
		e.line("%s = nil", x)
	})
}

func (e *emitter) decodeArray(f *field, flex, null string) {
	x, name := "x."+f.goName, e.qualified(f)
	if f.strct == nil {
		e.line("%s = r.%sArray(%s, %s, %s, %q)", x, elements(f.typ), x, flex, null, name)
		return
	}
	length := fmt.Sprintf("n := r.Len(%s, %s, %d, %q)", flex, null, e.m.fewest(f.strct), name)
	if null == "false" {
		e.line("{\n%s", length)
	} else {
		e.line("if %s; n < 0 {\n%s = nil\n} else {", length, x)
	}
	e.line("%s = wire.Resize(%s, n)", x, x)
	e.line("for i := range %s {\nif r.Failed() {\nreturn\n}\n%s[i].decode(r, v)\n}\n}", x, x)
}

// elements begins the name of the functions for arrays of a primitive.
func elements(typ string) string {
	if typ == "uuid" {
		return "UUID"
	}
	return upper(typ)
}
