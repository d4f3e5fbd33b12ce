import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.serialization.*;

/** What the end-to-end tests have Java's client do. It prints what each call reports. */
public class Client {
    static final long WAIT = 50;

    public static void main(String[] args) throws Exception {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", args[1]);
        config.put("request.timeout.ms", "20000");
        config.put("default.api.timeout.ms", "30000");
        config.put("delivery.timeout.ms", "40000");
        switch (args[0]) {
            case "produce": produce(config, args); break;
            case "transaction": transaction(config, args[2]); break;
            case "create": create(config, args); break;
            case "consume": consume(config, args[2], args[3]); break;
            default: throw new IllegalArgumentException(args[0]);
        }
    }

    static KafkaProducer<String, String> producer(Map<String, Object> config) {
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    static String outcome(Future<?> f) throws Exception {
        try {
            f.get(WAIT, TimeUnit.SECONDS);
            return "ok";
        } catch (ExecutionException e) {
            return e.getCause().getClass().getSimpleName();
        }
    }

    /** produce SERVERS TOPIC SETTINGS RECORD...: records are PARTITION:KEY:VALUE, without a key PARTITION::VALUE; all are sent before any is waited for. */
    static void produce(Map<String, Object> config, String[] args) throws Exception {
        for (String s : args[3].split(",")) {
            if (!s.isEmpty()) config.put(s.split("=")[0], s.split("=")[1]);
        }
        try (KafkaProducer<String, String> p = producer(config)) {
            List<Future<?>> sent = new ArrayList<>();
            for (String r : Arrays.copyOfRange(args, 4, args.length)) {
                String[] f = r.split(":", 3);
                sent.add(p.send(new ProducerRecord<>(args[2], Integer.valueOf(f[0]), f[1].isEmpty() ? null : f[1], f[2])));
            }
            for (Future<?> f : sent) System.out.println(outcome(f));
        }
    }

    /** transaction SERVERS TOPIC: one with a record without a key, which is aborted, then one without such. */
    static void transaction(Map<String, Object> config, String topic) throws Exception {
        config.put("transactional.id", topic);
        try (KafkaProducer<String, String> p = producer(config)) {
            p.initTransactions();
            p.beginTransaction();
            p.send(new ProducerRecord<>(topic, 0, "k", "aborted"));
            System.out.println(outcome(p.send(new ProducerRecord<>(topic, 0, null, "no key"))));
            p.abortTransaction();
            p.beginTransaction();
            System.out.println(outcome(p.send(new ProducerRecord<>(topic, 0, "k", "committed"))));
            p.commitTransaction();
        }
    }

    /** create SERVERS TOPIC...: all in one request. */
    static void create(Map<String, Object> config, String[] args) throws Exception {
        try (Admin admin = Admin.create(config)) {
            List<NewTopic> topics = new ArrayList<>();
            for (String t : Arrays.copyOfRange(args, 2, args.length)) topics.add(new NewTopic(t, 1, (short) 1));
            Map<String, org.apache.kafka.common.KafkaFuture<Void>> results = admin.createTopics(topics).values();
            for (NewTopic t : topics) System.out.println(outcome(results.get(t.name())));
        }
    }

    /** consume SERVERS TOPIC N: as a group, until N records have come; offsets are committed. */
    static void consume(Map<String, Object> config, String topic, String n) throws Exception {
        config.put("group.id", topic);
        config.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> c = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            c.subscribe(List.of(topic));
            int got = 0;
            for (long end = System.nanoTime() + WAIT * 1_000_000_000; got < Integer.parseInt(n) && System.nanoTime() < end; ) {
                for (ConsumerRecord<String, String> r : c.poll(Duration.ofMillis(200))) {
                    System.out.println(r.value());
                    got++;
                }
            }
            c.commitSync();
        }
    }
}
