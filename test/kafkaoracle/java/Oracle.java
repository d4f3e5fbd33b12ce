import java.io.*;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.jar.*;
import java.util.regex.*;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.*;
import org.apache.kafka.common.protocol.types.*;

/**
 * Kafka's own message classes as an oracle.
 *
 *   gen SEED CASES SEEN JAR...  writes random messages of every descriptor in the jars, in every version, but those messages
 *                               of which all versions are listed in the file SEEN (lines of name and version)
 *   check JAR...                reads messages, has Kafka read and write each, and compares
 *
 * gen writes for each case: name, type, API key (-1: none), version, the bytes that this program made from Kafka's
 * schema of the message, and the bytes that Kafka writes after reading those, in this version and in each other one.
 */
public class Oracle {
    record Kind(String name, String type, Class<?> cls, Schema[] schemas) {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("gen")) {
            Set<String> seen = new HashSet<>(java.nio.file.Files.readAllLines(java.nio.file.Path.of(args[3])));
            gen(Long.parseLong(args[1]), Integer.parseInt(args[2]), seen, Arrays.copyOfRange(args, 4, args.length));
        } else {
            check(Arrays.copyOfRange(args, 1, args.length));
        }
    }

    static final Pattern TYPE = Pattern.compile("\"type\"\\s*:\\s*\"([^\"]+)\"");
    static final Pattern NAME = Pattern.compile("\"name\"\\s*:\\s*\"([^\"]+)\"");
    static final Pattern NONE = Pattern.compile("\"validVersions\"\\s*:\\s*\"none\"");

    /** Finds the class of every descriptor in the jars; a descriptor with versions but without a class is an error. */
    static List<Kind> kinds(String[] jars) throws Exception {
        List<Kind> kinds = new ArrayList<>();
        for (String path : jars) {
            try (JarFile jar = new JarFile(path)) {
                Map<String, List<String>> classes = new HashMap<>();
                List<String> texts = new ArrayList<>();
                for (JarEntry entry : Collections.list(jar.entries())) {
                    String n = entry.getName();
                    if (n.endsWith(".class") && !n.contains("$")) {
                        String simple = n.substring(n.lastIndexOf('/') + 1, n.length() - 6);
                        classes.computeIfAbsent(simple, k -> new ArrayList<>()).add(n.substring(0, n.length() - 6).replace('/', '.'));
                    } else if (n.matches("(.*/)?(message|metadata)/[^/]*\\.json")) {
                        texts.add(new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^\\s*//.*$", ""));
                    }
                }
                for (String text : texts) {
                    Matcher type = TYPE.matcher(text), name = NAME.matcher(text);
                    if (!type.find() || !name.find()) throw new IllegalStateException("descriptor without type or name");
                    if (NONE.matcher(text).find()) continue;
                    kinds.add(kind(name.group(1), type.group(1), classes));
                }
            }
        }
        return kinds;
    }

    static Kind kind(String name, String type, Map<String, List<String>> classes) throws Exception {
        for (String simple : new String[] {name + "Data", name}) {
            for (String full : classes.getOrDefault(simple, List.of())) {
                Class<?> cls = Class.forName(full);
                if (!Message.class.isAssignableFrom(cls)) continue;
                return new Kind(name, type, cls, (Schema[]) cls.getField("SCHEMAS").get(null));
            }
        }
        throw new IllegalStateException("no class for the descriptor " + name);
    }

    static Message create(Kind k) throws Exception {
        return (Message) k.cls.getDeclaredConstructor().newInstance();
    }

    static byte[] write(Message m, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer b = ByteBuffer.allocate(m.size(cache, version));
        m.write(new ByteBufferAccessor(b), cache, version);
        if (b.hasRemaining()) throw new IllegalStateException("size is not what was written");
        return b.array();
    }

    static int apiKey(Message m, String type) {
        if (!type.equals("request") && !type.equals("response")) return -1;
        return ((ApiMessage) m).apiKey();
    }

    static void gen(long seed, int cases, Set<String> seen, String[] jars) throws Exception {
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 20));
        for (Kind k : kinds(jars)) {
            boolean fresh = false;
            for (short v = 0; v < k.schemas.length; v++) {
                fresh = fresh || k.schemas[v] != null && !seen.contains(k.name + " v" + v);
            }
            for (short v = 0; v < k.schemas.length; v++) {
                if (k.schemas[v] == null || !fresh) continue;
                for (int i = 0; i < cases; i++) {
                    Maker maker = new Maker(new Random(Objects.hash(seed, k.name, v, i)), i);
                    maker.value(k.schemas[v], false);
                    byte[] made = maker.out.toByteArray();
                    Message m = create(k);
                    ByteBuffer in = ByteBuffer.wrap(made);
                    try {
                        m.read(new ByteBufferAccessor(in), v);
                    } catch (RuntimeException e) {
                        throw new IllegalStateException(k.name + " v" + v + " case " + i, e);
                    }
                    if (in.hasRemaining()) throw new IllegalStateException(k.name + " v" + v + ": bytes left");
                    byte[] canonical = write(m, v);
                    out.writeUTF(k.name);
                    out.writeUTF(k.type);
                    out.writeShort(apiKey(m, k.type));
                    out.writeShort(v);
                    out.writeInt(made.length);
                    out.write(made);
                    out.writeInt(canonical.length);
                    out.write(canonical);
                    others(out, k, m, v);
                }
            }
        }
        out.flush();
    }

    /** Writes the message in every other version too: what Kafka writes, or -1 where it refuses to. */
    static void others(DataOutputStream out, Kind k, Message m, short version) throws IOException {
        for (short v = 0; v < k.schemas.length; v++) {
            if (k.schemas[v] == null || v == version) continue;
            out.writeShort(v);
            byte[] b = null;
            try {
                b = write(m, v);
            } catch (UnsupportedVersionException | NullPointerException e) {
                // a field that the version doesn't carry, or null where it can't be
            }
            out.writeInt(b == null ? -1 : b.length);
            if (b != null) out.write(b);
        }
        out.writeShort(-1);
    }

    static void check(String[] jars) throws Exception {
        Map<String, Kind> byName = new HashMap<>();
        for (Kind k : kinds(jars)) byName.put(k.name, k);
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
        int same = 0, wrong = 0;
        while (true) {
            String name;
            try {
                name = in.readUTF();
            } catch (EOFException e) {
                break;
            }
            short v = in.readShort();
            byte[] given = in.readNBytes(in.readInt());
            String problem = null;
            try {
                Message m = create(byName.get(name));
                ByteBuffer b = ByteBuffer.wrap(given);
                m.read(new ByteBufferAccessor(b), v);
                if (b.hasRemaining()) problem = b.remaining() + " bytes left";
                else if (!Arrays.equals(given, write(m, v))) problem = "Kafka writes other bytes";
            } catch (Exception e) {
                problem = e.toString();
            }
            if (problem == null) {
                same++;
            } else if (wrong++ < 20) {
                System.out.println("MISMATCH " + name + " v" + v + ": " + problem + " " + HexFormat.of().formatHex(given, 0, Math.min(given.length, 200)));
            }
        }
        System.out.println("checked same=" + same + " wrong=" + wrong);
        System.exit(wrong == 0 ? 0 : 1);
    }

    /** Writes random values of a schema's types, by the protocol's rules and not by Kafka's code. */
    static class Maker {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final Random rnd;
        final int mode; // 0: nulls, 1: empty, 2: no nulls, 3: extremes, others: anything
        int depth;

        Maker(Random rnd, int i) {
            this.rnd = rnd;
            this.mode = i % 8;
        }

        void value(Type t, boolean tagged) {
            if (t instanceof TaggedFields f) { taggedFields(f); return; }
            if (t instanceof Schema s) { struct(s, tagged); return; }
            if (t.isArray()) { array(t); return; }
            String n = ((Type.DocumentedType) t).typeName();
            switch (n) {
                case "BOOLEAN" -> out.write(rnd.nextInt(2));
                case "INT8" -> number(1);
                case "INT16", "UINT16" -> number(2);
                case "INT32", "UINT32" -> number(4);
                case "INT64" -> number(8);
                case "FLOAT64" -> fixed(Double.doubleToLongBits(rnd.nextGaussian()), 8);
                case "UUID" -> { byte[] b = new byte[16]; if (mode > 1) rnd.nextBytes(b); out.writeBytes(b); }
                default -> variable(n);
            }
        }

        void struct(Schema s, boolean tagged) {
            if (s.isNullable() || nullableUnsaid(s)) {
                boolean none = none();
                // In a tagged field the mark is a varint, where 0 is null.
                out.write(none ? (tagged ? 0 : 0xff) : 1);
                if (none) return;
            }
            depth++;
            for (BoundField f : s.fields()) value(f.def.type, false);
            depth--;
        }

        /** Kafka 3.9's schemas don't say that a struct can be null. This is the only one in versions that 4.x dropped. */
        static boolean nullableUnsaid(Schema s) {
            try {
                Class<?> c = Class.forName("org.apache.kafka.common.message.ShareGroupHeartbeatResponseData$Assignment");
                return c.getField("SCHEMA_0").get(null) == s;
            } catch (ReflectiveOperationException e) {
                return false; // 4.x has other versions
            }
        }

        void array(Type t) {
            boolean compact = t instanceof CompactArrayOf;
            if (t.isNullable() && none()) { length(compact, 4, -1); return; }
            int max = depth > 3 ? 2 : 4;
            int n = mode == 1 ? 0 : mode == 2 ? 1 + rnd.nextInt(2) : rnd.nextInt(max);
            if (mode == 3 && depth == 0) n = 130; // a length of two bytes
            if (mode == 3 && depth > 0) n = rnd.nextInt(2);
            length(compact, 4, n);
            depth++;
            for (int i = 0; i < n; i++) value(t.arrayElementType().get(), false);
            depth--;
        }

        void taggedFields(TaggedFields f) {
            TreeMap<Integer, byte[]> fields = new TreeMap<>();
            for (Map.Entry<Integer, Field> e : known(f).entrySet()) {
                if (mode == 1 || (mode != 2 && rnd.nextBoolean())) continue;
                Maker inner = new Maker(rnd, mode);
                inner.depth = depth;
                inner.value(e.getValue().type, true);
                fields.put(e.getKey(), inner.out.toByteArray());
            }
            if (mode > 1 && rnd.nextInt(mode == 4 ? 2 : 8) == 0) {
                for (int i = rnd.nextInt(3); i >= 0; i--) {
                    byte[] data = new byte[rnd.nextInt(200)];
                    rnd.nextBytes(data);
                    // Kafka refuses a tag that it knows in other versions; those are low.
                    fields.putIfAbsent(rnd.nextBoolean() ? 40 + rnd.nextInt(100) : 40 + (rnd.nextInt() & 0x3fffffff), data);
                }
            }
            varint(fields.size());
            fields.forEach((tag, data) -> {
                varint(tag);
                varint(data.length);
                out.writeBytes(data);
            });
        }

        @SuppressWarnings("unchecked")
        static Map<Integer, Field> known(TaggedFields f) {
            try {
                var fields = TaggedFields.class.getDeclaredField("fields"); // the getter came after 3.9
                fields.setAccessible(true);
                return (Map<Integer, Field>) fields.get(f);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        void variable(String n) {
            boolean compact = n.startsWith("COMPACT_");
            boolean string = n.endsWith("STRING");
            if (!string && !n.endsWith("BYTES") && !n.endsWith("RECORDS")) throw new IllegalStateException("type " + n);
            if (n.contains("NULLABLE") && none()) { length(compact, string ? 2 : 4, -1); return; }
            int len = mode == 1 ? 0 : rnd.nextInt(12);
            if (mode == 3) len = rnd.nextInt(12) == 0 ? (string ? 32767 : 70000) : rnd.nextInt(300);
            if (mode == 3 && depth > 1) len = rnd.nextInt(140);
            byte[] b = new byte[len];
            if (string) {
                for (int i = 0; i < len; i++) b[i] = (byte) ('!' + rnd.nextInt(90));
                if (len > 3) { b[0] = (byte) 0xc3; b[1] = (byte) 0xa9; }
            } else {
                rnd.nextBytes(b);
            }
            length(compact, string ? 2 : 4, len);
            out.writeBytes(b);
        }

        boolean none() { return mode == 0 || (mode > 2 && rnd.nextInt(4) == 0); }

        void length(boolean compact, int width, int n) {
            if (compact) varint(n + 1);
            else fixed(n, width);
        }

        void number(int width) {
            long v = switch (rnd.nextInt(mode == 0 ? 2 : 6)) {
                case 0 -> 0;
                case 1 -> -1;
                case 2 -> Long.MIN_VALUE >> (64 - 8 * width);
                case 3 -> Long.MAX_VALUE >> (64 - 8 * width);
                default -> rnd.nextLong();
            };
            fixed(v, width);
        }

        void fixed(long v, int width) {
            for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) out.write((int) (v >> shift));
        }

        void varint(int v) {
            while ((v & ~0x7f) != 0) {
                out.write((v & 0x7f) | 0x80);
                v >>>= 7;
            }
            out.write(v);
        }
    }
}
