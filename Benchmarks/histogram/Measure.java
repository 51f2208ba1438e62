import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.ByteBuffer;
import java.util.Random;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.HdrHistogram.HistogramLogWriter;

/** The same operations as main.swift, with Java's HdrHistogram. */
public class Measure {
    interface Body {
        void run() throws Exception;
    }

    static long sum;

    static void measure(String name, int operations, Body body) throws Exception {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 7; i++) {
            long start = System.nanoTime();
            body.run();
            best = Math.min(best, System.nanoTime() - start);
        }
        System.out.printf("java,%s,%.2f%n", name, (double) best / operations);
    }

    public static void main(String[] arguments) throws Exception {
        Random random = new Random(1);
        long[] values = new long[1_000_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (long) (250_000 * Math.exp(0.7 * random.nextGaussian()));
        }
        Histogram histogram = new Histogram(1, 3_600_000_000_000L, 3);
        measure("record", 10 * values.length, () -> {
            histogram.reset();
            for (int i = 0; i < 10; i++) {
                for (long value : values) {
                    histogram.recordValue(value);
                }
            }
        });
        measure("percentile", 1_000, () -> {
            for (int i = 0; i < 1_000; i++) {
                sum += histogram.getValueAtPercentile(99);
            }
        });
        Histogram second = new Histogram(1, 3_600_000_000_000L, 3);
        for (int i = 0; i < 25_000; i++) {
            second.recordValue(values[i]);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        HistogramLogWriter writer = new HistogramLogWriter(bytes);
        measure("line of 25000 values", 100, () -> {
            for (int i = 0; i < 100; i++) {
                bytes.reset();
                writer.outputIntervalHistogram(0, 1, second);
                sum += bytes.size();
            }
        });
        ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        measure("compress", 100, () -> {
            for (int i = 0; i < 100; i++) {
                buffer.clear();
                sum += histogram.encodeIntoCompressedByteBuffer(buffer, 9);
            }
        });
        measure("decompress", 1_000, () -> {
            for (int i = 0; i < 1_000; i++) {
                buffer.rewind();
                sum += Histogram.decodeFromCompressedByteBuffer(buffer, 0).getTotalCount();
            }
        });
        int[] intervals = {0};
        Body read = () -> {
            intervals[0] = 0;
            Histogram total = new Histogram(1, 3_600_000_000_000L, 3);
            HistogramLogReader reader = new HistogramLogReader(new File(arguments[0]));
            while (reader.hasNext()) {
                total.add((Histogram) reader.nextIntervalHistogram());
                intervals[0]++;
            }
            reader.close();
            sum += total.getValueAtPercentile(99);
        };
        read.run();
        measure("interval of a log", intervals[0], read);
        if (sum == 0) {
            System.out.println("nothing measured");
        }
    }
}
