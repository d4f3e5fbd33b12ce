package main

func (e *emitter) emitAppend() {
	s := e.s
	single, elements := e.uses()
	if elements {
		// The loop is in here, so that a call isn't made for each of a thousand partitions.
		e.line("func append%s(b []byte, s []%s, v int16, e *wire.Encoding) []byte {\nfor i := range s {\nx := &s[i]", s.goName, s.goName)
		e.appendStruct()
		e.line("}\nreturn b\n}\n")
	}
	if single {
		e.line("func (x *%s) append(b []byte, v int16, e *wire.Encoding) []byte {", s.goName)
		e.appendStruct()
		e.line("return b\n}\n")
	}
}

// uses tells whether the struct at hand occurs by itself, as the message is, and in arrays.
func (e *emitter) uses() (single, elements bool) {
	single = e.s == e.m.root
	for _, s := range e.m.structs {
		for _, f := range s.fields {
			if f.strct == e.s && s.context != 0 {
				single, elements = single || !f.array, elements || f.array
			}
		}
	}
	return single, elements
}

// appendStruct writes the statements that append x.
func (e *emitter) appendStruct() {
	s := e.s
	for _, run := range e.runs() {
		f := run[0]
		untagged := f.present &^ f.tagged
		e.guard(cond(untagged, s.context), func() {
			if fixed(f, s.context) {
				e.appendRun(run)
			} else {
				e.appendField(f, untagged)
			}
		}, func() {
			for _, f := range run {
				e.refuse(f)
			}
		})
	}
	e.appendTags()
}

// refuse writes the check of a field that the version doesn't carry. A field
// that is tagged in some versions is checked where it isn't written at all.
func (e *emitter) refuse(f *field) {
	absent := e.s.context &^ f.present &^ f.ignorable
	if absent == 0 {
		return
	}
	test := nonDefault(f)
	if c := cond(absent, e.s.context&^(f.present&^f.tagged)); c != "true" {
		test = "(" + c + ") && (" + test + ")"
	}
	e.line("if %s {\ne.Fail(wire.NotInVersion, %q)\n}", test, e.qualified(f))
}

func (e *emitter) appendTags() {
	if !e.flexibleHere() {
		return
	}
	e.guard(cond(e.m.flexible, e.s.context), func() {
		known := e.tagged()
		if len(known) == 0 {
			e.line("if len(x.UnknownTags) == 0 {\nb = append(b, 0)\n} else {\nb = wire.AppendTags(b, x.UnknownTags, e, %q)\n}", e.s.goName)
			return
		}
		e.line("n := len(x.UnknownTags)")
		for _, f := range known {
			e.line("if %s {\nn++\n}", e.writesTag(f))
		}
		e.line("b = wire.AppendUvarint(b, uint32(n))\ntags := x.UnknownTags")
		for _, f := range known {
			e.line("if %s {", e.writesTag(f))
			e.line("n := 0")
			e.sizeField(f, f.tagged)
			e.line("b, tags = wire.AppendKnown(b, tags, %d, n, e, %q)", f.tag, e.qualified(f))
			if !f.array && widths[f.typ] != 0 {
				e.appendRun([]*field{f})
			} else {
				e.appendTagged(f)
			}
			e.line("}")
		}
		e.line("b = wire.AppendRestTags(b, tags, e, %q)", e.s.goName)
	}, func() {
		e.line("if len(x.UnknownTags) != 0 {\ne.Fail(wire.NotInVersion, %q)\n}", e.s.goName+".UnknownTags")
	})
}

// writesTag is the condition under which a tagged field is written.
func (e *emitter) writesTag(f *field) string {
	c := cond(f.tagged, e.m.flexible&e.s.context)
	if c == "true" {
		return nonDefault(f)
	}
	return c + " && (" + nonDefault(f) + ")"
}

// appendRun writes fixed-size fields after one check of the room.
func (e *emitter) appendRun(run []*field) {
	// Measured: below three fields appending one by one is faster.
	if len(run) <= 2 {
		for _, f := range run {
			e.appendFixed(f)
		}
		return
	}
	width := 0
	for _, f := range run {
		width += widths[f.typ]
	}
	e.line("b = wire.Extend(b, %d)", width)
	e.line("if p := b[len(b)-%d:]; len(p) == %d {", width, width) // spares the checks below
	at := 0
	for _, f := range run {
		end := at + widths[f.typ]
		switch {
		case f.typ == "uuid":
			e.line("copy(p[%d:%d], x.%s[:])", at, end, f.goName)
		case widths[f.typ] == 1:
			e.line("p[%d] = %s", at, oneByte(f))
		default:
			e.line("wire.Put%s(p[%d:%d], x.%s)", upper(f.typ), at, end, f.goName)
		}
		at = end
	}
	e.line("}")
}

func (e *emitter) appendFixed(f *field) {
	switch {
	case f.typ == "uuid":
		e.line("b = append(b, x.%s[:]...)", f.goName)
	case widths[f.typ] == 1:
		e.line("b = append(b, %s)", oneByte(f))
	default:
		e.line("b = wire.Append%s(b, x.%s)", upper(f.typ), f.goName)
	}
}

func oneByte(f *field) string {
	if f.typ == "bool" {
		return "wire.Bool(x." + f.goName + ")"
	}
	return "byte(x." + f.goName + ")"
}

// appendField writes any field but a fixed-size one, in the given versions.
func (e *emitter) appendField(f *field, in versionSet) {
	c := in & e.s.context
	flex, null := cond(f.flexible, c), cond(f.nullable, c)
	x, name := "x."+f.goName, e.qualified(f)
	kind := "Bytes"
	if f.typ == "string" {
		kind = "String"
	}
	switch {
	case f.array:
		e.appendArray(f, flex, null)
	case f.strct != nil && f.nullable == 0:
		e.line("b = %s.append(b, v, e)", x)
	case f.strct != nil:
		e.appendNullableStruct(f, null, nullByte)
	case f.nullable == 0 && f.typ == "string":
		e.line("b = wire.AppendString(b, %s, %s, e, %q)", flex, x, name)
	case f.nullable == 0:
		e.line("b = wire.AppendBytes(b, %s, %s)", flex, x)
	default:
		e.line("b = wire.AppendNullable%s(b, %s, %s, %s, e, %q)", kind, flex, null, x, name)
	}
}

// How a null struct is marked: by a byte of -1, in a tagged field by a 0.
// What isn't null has a 1 before it in both.
const (
	nullByte = "0xff"
	nullTag  = "0"
)

// appendTagged writes the content of a tagged field that isn't of fixed size.
func (e *emitter) appendTagged(f *field) {
	if f.strct != nil && !f.array && f.nullable != 0 {
		e.appendNullableStruct(f, cond(f.nullable, f.tagged&e.s.context), nullTag)
		return
	}
	e.appendField(f, f.tagged)
}

func (e *emitter) appendNullableStruct(f *field, null, marker string) {
	x := "x." + f.goName
	e.line("if %s == nil {", x)
	e.guard(null, func() {
		e.line("b = append(b, %s)", marker)
	}, func() {
		e.line("e.Fail(wire.NullNotAllowed, %q)", e.qualified(f))
	})
	e.line("} else {")
	e.guard(null, func() { e.line("b = append(b, 1)") }, nothing)
	e.line("b = %s.append(b, v, e)\n}", x)
}

func (e *emitter) appendArray(f *field, flex, null string) {
	x, name := "x."+f.goName, e.qualified(f)
	if f.nullable != 0 {
		e.line("if %s == nil {\nb = wire.AppendNullLen(b, %s, %s, e, %q)\n} else {", x, flex, null, name)
	}
	if f.strct != nil {
		e.line("b = wire.AppendLen(b, %s, len(%s))", flex, x)
		e.line("b = append%s(b, %s, v, e)", f.strct.goName, x)
	} else if f.typ == "string" {
		e.line("b = wire.AppendStringArray(b, %s, %s, e, %q)", flex, x, name)
	} else if f.typ == "int32" || f.typ == "int64" {
		// In place: calls would cost more than the few numbers of a list of
		// replicas, which Metadata has three of for each partition.
		e.line("b = wire.AppendLen(b, %s, len(%s))", flex, x)
		e.line("for _, n := range %s {\nb = wire.Append%s(b, n)\n}", x, elements(f.typ))
	} else {
		e.line("b = wire.Append%sArray(b, %s, %s)", elements(f.typ), flex, x)
	}
	if f.nullable != 0 {
		e.line("}")
	}
}

func (e *emitter) emitSize() {
	s := e.s
	e.line("func (x *%s) size(v int16) int {\nn := 0", s.goName)
	for _, run := range e.runs() {
		f := run[0]
		untagged := f.present &^ f.tagged
		e.guard(cond(untagged, s.context), func() {
			if !fixed(f, s.context) {
				e.sizeField(f, untagged)
				return
			}
			width := 0
			for _, f := range run {
				width += widths[f.typ]
			}
			e.line("n += %d", width)
		}, nothing)
	}
	e.sizeTags()
	e.line("return n\n}\n")
}

func (e *emitter) sizeTags() {
	if !e.flexibleHere() {
		return
	}
	e.guard(cond(e.m.flexible, e.s.context), func() {
		known := e.tagged()
		if len(known) == 0 {
			e.line("if len(x.UnknownTags) == 0 {\nreturn n + 1\n}")
		}
		e.line("tags := len(x.UnknownTags)")
		for _, f := range known {
			e.line("if %s {\ntags++", e.writesTag(f))
			e.line("before := n")
			e.sizeField(f, f.tagged)
			e.line("n = before + wire.SizeTag(%d, n - before)\n}", f.tag)
		}
		e.line("n += wire.UvarintSize(uint32(tags)) + wire.SizeTags(x.UnknownTags)")
	}, nothing)
}

// sizeField adds the size of a field to n.
func (e *emitter) sizeField(f *field, in versionSet) {
	c := in & e.s.context
	flex, null := cond(f.flexible, c), cond(f.nullable, c)
	x := "x." + f.goName
	switch {
	case f.array:
		e.sizeArray(f, flex)
	case f.strct != nil && f.nullable == 0:
		e.line("n += %s.size(v)", x)
	case f.strct != nil:
		e.guard(null, func() { e.line("n++") }, nothing)
		e.line("if %s != nil {\nn += %s.size(v)\n}", x, x)
	case f.typ == "string":
		e.line("n += wire.SizeString(%s, %s)", flex, x)
	case f.typ == "bytes" || f.typ == "records":
		e.line("n += wire.SizeBytes(%s, %s)", flex, x)
	default:
		e.line("n += %d", widths[f.typ])
	}
}

func (e *emitter) sizeArray(f *field, flex string) {
	x := "x." + f.goName
	switch {
	case f.strct != nil:
		e.line("n += wire.SizeLen(%s, len(%s))", flex, x)
		e.line("for i := range %s {\nn += %s[i].size(v)\n}", x, x)
	case f.typ == "string":
		e.line("n += wire.SizeLen(%s, len(%s)) + wire.SizeStrings(%s, %s)", flex, x, flex, x)
	default:
		e.line("n += wire.SizeLen(%s, len(%s)) + %d*len(%s)", flex, x, widths[f.typ], x)
	}
}
