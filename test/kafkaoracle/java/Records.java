import java.io.*;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.*;
//4.x import org.apache.kafka.common.record.internal.*;

/**
 * Record batches as Kafka's Java client writes and reads them.
 *
 *   write DIR MAGIC...   writes a file magic-codec for each magic and codec
 *   read FILE...         prints each file's records, after checking every checksum
 */
public class Records {
    public static void main(String[] args) throws Exception {
        if (args[0].equals("write")) {
            for (int i = 2; i < args.length; i++) write(Path.of(args[1]), Byte.parseByte(args[i]));
        } else {
            for (int i = 1; i < args.length; i++) read(Path.of(args[i]));
        }
    }

    static byte[] bytes(String s) { return s == null ? null : s.getBytes(StandardCharsets.UTF_8); }

    static void write(Path dir, byte magic) throws IOException {
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            if (codec.equals("zstd") && magic < 2) continue;
            ByteBuffer buffer = ByteBuffer.allocate(4 << 20);
            Compression compression = Compression.of(codec).build();
            // Two batches; the first is long enough for several blocks of each codec.
            for (long base : new long[] {1000, 2000}) {
                MemoryRecordsBuilder b = MemoryRecords.builder(buffer, magic, compression, TimestampType.CREATE_TIME, base);
                Header[] headers = magic < 2 ? new Header[0] : new Header[] {new RecordHeader("h", bytes("v")), new RecordHeader("empty", null)};
                b.append(magic == 0 ? -1 : 1700000000000L, bytes("key"), bytes("first"), headers);
                b.append(magic == 0 ? -1 : 1700000000005L, null, bytes("second " + "0123456789".repeat(base == 1000 ? 20000 : 1)), new Header[0]);
                b.append(magic == 0 ? -1 : 1700000000001L, bytes("gone"), null, new Header[0]);
                b.append(magic == 0 ? -1 : 1700000000001L, bytes(""), bytes(""), new Header[0]);
                b.build();
                buffer = grown(b.buffer().duplicate());
            }
            buffer.flip();
            byte[] out = new byte[buffer.remaining()];
            buffer.get(out);
            Files.write(dir.resolve(magic + "-" + codec), out);
        }
    }

    /** The builder may have moved to a larger buffer: go on behind what it has written. */
    static ByteBuffer grown(ByteBuffer b) {
        ByteBuffer whole = ByteBuffer.allocate(b.position() + (4 << 20));
        b.flip();
        return whole.put(b);
    }

    static void read(Path file) throws IOException {
        System.out.println("file " + file.getFileName());
        MemoryRecords records = MemoryRecords.readableRecords(ByteBuffer.wrap(Files.readAllBytes(file)));
        for (MutableRecordBatch batch : records.batches()) {
            batch.ensureValid();
            for (org.apache.kafka.common.record.//4.x internal.
                    Record r : batch) {
                r.ensureValid();
                StringBuilder line = new StringBuilder().append(r.offset()).append(' ').append(r.timestamp()).append(' ')
                        .append(text(r.hasKey() ? r.key() : null)).append('=').append(text(r.hasValue() ? r.value() : null));
                for (Header h : r.headers()) line.append(' ').append(h.key()).append(':').append(text(h.value() == null ? null : ByteBuffer.wrap(h.value())));
                System.out.println(line);
            }
        }
    }

    static String text(ByteBuffer b) {
        return b == null ? "<null>" : "[" + StandardCharsets.UTF_8.decode(b) + "]";
    }
}
