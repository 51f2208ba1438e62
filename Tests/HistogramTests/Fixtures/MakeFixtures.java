import java.io.File;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TimeZone;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.HdrHistogram.HistogramLogWriter;
import org.HdrHistogram.IntCountsHistogram;

/**
 * Writes the .hdr logs of this folder, or with a log as argument reads it. In both cases prints
 * what Java itself reports of each interval, as lines of
 * {@code tag,start_ms,end_ms,count,min,max,mean_bits,stddev_bits,p0,p50,...,p100,crc_of_counts}.
 */
public class MakeFixtures {
    static final double[] PERCENTILES = {
        0, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 99.999, 99.9999, 100
    };
    static final long START = 1_795_224_086_127L; // 2026-11-21T01:21:26.127Z

    public static void main(String[] arguments) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        if (arguments.length == 2 && arguments[0].equals("read")) {
            report(new File(arguments[1]), System.out);
            return;
        }
        File folder = new File(arguments[1]);
        relative(new File(folder, "relative.hdr"));
        absolute(new File(folder, "absolute.hdr"));
        shapes(new File(folder, "shapes.hdr"));
        for (String name : new String[] {"relative", "absolute", "shapes"}) {
            try (PrintStream out =
                    new PrintStream(new FileOutputStream(new File(folder, name + ".csv")))) {
                report(new File(folder, name + ".hdr"), out);
            }
        }
        iterators(new File(folder, "iterators.csv"));
    }

    /** Tags as cassandra-stress writes them, time stamps relative to the start. */
    static void relative(File file) throws Exception {
        HistogramLogWriter log = new HistogramLogWriter(file);
        log.outputComment("[Logged with MakeFixtures]");
        log.outputLogFormatVersion();
        log.outputStartTime(START);
        log.setBaseTime(START);
        log.outputBaseTime(START);
        log.outputLegend();
        Random random = new Random(1);
        for (int second = 0; second < 5; second++) {
            for (String tag : new String[] {"READ-rt", "READ-st", "WRITE-rt", "WRITE-st"}) {
                Histogram histogram = new Histogram(1, 3_600_000_000_000L, 3);
                int count = tag.startsWith("READ") ? 2000 : 500;
                for (int i = 0; i < count; i++) {
                    double exponent = random.nextGaussian() * (tag.endsWith("rt") ? 0.9 : 0.5);
                    histogram.recordValue((long) (250_000 * Math.exp(exponent)));
                }
                histogram.setTag(tag);
                histogram.setStartTimeStamp(START + second * 1007L);
                histogram.setEndTimeStamp(START + second * 1007L + 1007L);
                log.outputIntervalHistogram(histogram);
            }
        }
        log.close();
    }

    /** No base time, no tags, time stamps since 1970. */
    static void absolute(File file) throws Exception {
        HistogramLogWriter log = new HistogramLogWriter(file);
        log.outputLogFormatVersion();
        log.outputStartTime(START);
        log.outputLegend();
        Random random = new Random(2);
        for (int second = 0; second < 3; second++) {
            Histogram histogram = new Histogram(1_000, 60_000_000_000L, 2);
            for (int i = 0; i < 1000; i++) {
                histogram.recordValue((long) (-Math.log(1 - random.nextDouble()) * 1_000_000));
            }
            histogram.setStartTimeStamp(START + second * 1000L);
            histogram.setEndTimeStamp(START + second * 1000L + 1000L);
            log.outputIntervalHistogram(histogram);
        }
        log.close();
    }

    /** One histogram of each shape that encodes or resizes in its own way. */
    static void shapes(File file) throws Exception {
        HistogramLogWriter log = new HistogramLogWriter(file);
        log.outputLogFormatVersion();
        log.outputStartTime(START);
        log.outputLegend();
        Random random = new Random(3);
        List<EncodableHistogram> all = new ArrayList<>();
        add(all, "empty", new Histogram(1, 1_000_000, 3));
        Histogram zeros = new Histogram(1, 1_000_000, 3);
        zeros.recordValueWithCount(0, 12345);
        add(all, "zeros", zeros);
        Histogram constant = new Histogram(1, 3_600_000_000_000L, 3);
        constant.recordValueWithCount(1_234_567, 1_000_000_000_000_000L);
        add(all, "constant", constant);
        for (int digits = 0; digits <= 5; digits++) {
            Histogram uniform = new Histogram(1, 100_000_000, digits);
            for (int i = 0; i < 5000; i++) {
                uniform.recordValue((long) (random.nextDouble() * 100_000_000));
            }
            add(all, "uniform-" + digits + "-digits", uniform);
        }
        Histogram range = new Histogram(1, Long.MAX_VALUE, 3);
        range.recordValue(0);
        for (int bit = 0; bit < 63; bit++) {
            range.recordValueWithCount(1L << bit, bit + 1);
        }
        range.recordValue(Long.MAX_VALUE);
        add(all, "whole-range", range);
        Histogram units = new Histogram(4_096, 10_000_000_000L, 3);
        for (int i = 0; i < 3000; i++) {
            units.recordValue((long) (random.nextDouble() * random.nextDouble() * 10_000_000_000L));
        }
        add(all, "units-of-4096", units);
        Histogram resized = new Histogram(3);
        for (long value = 1; value < 5_000_000_000L; value *= 7) {
            resized.recordValueWithCount(value, 3);
        }
        add(all, "resized", resized);
        Histogram sum = new Histogram(2);
        sum.add(resized);
        sum.add(units);
        add(all, "sum-of-geometries", sum);
        Histogram counts = new Histogram(1, 1_000_000, 3);
        for (int bit = 0; bit < 61; bit++) {
            counts.recordValueWithCount(bit * 1000L, 1L << bit);
        }
        add(all, "counts-of-each-width", counts);
        IntCountsHistogram ints = new IntCountsHistogram(1, 1_000_000, 3);
        ints.recordValueWithCount(777, Integer.MAX_VALUE);
        ints.recordValue(999_999);
        add(all, "int-counts", ints);
        Histogram ranks = new Histogram(1, 3_600_000_000L, 3);
        for (int i = 1; i <= 1_000_000; i++) {
            ranks.recordValue(i);
        }
        add(all, "million-ranks", ranks);
        for (EncodableHistogram histogram : all) {
            log.outputIntervalHistogram(histogram);
        }
        log.close();
    }

    static void add(List<EncodableHistogram> all, String tag, EncodableHistogram histogram) {
        histogram.setTag(tag);
        histogram.setStartTimeStamp(START + all.size() * 500L);
        histogram.setEndTimeStamp(START + all.size() * 500L + 500L);
        all.add(histogram);
    }

    static void report(File file, PrintStream out) throws Exception {
        HistogramLogReader reader = new HistogramLogReader(file);
        while (reader.hasNext()) {
            EncodableHistogram next = reader.nextIntervalHistogram();
            if (next == null) {
                break;
            }
            Histogram histogram = (Histogram) next;
            StringBuilder line = new StringBuilder();
            line.append(histogram.getTag() == null ? "" : histogram.getTag());
            line.append(',').append(histogram.getStartTimeStamp());
            line.append(',').append(histogram.getEndTimeStamp());
            line.append(',').append(histogram.getTotalCount());
            line.append(',').append(histogram.getMinValue());
            line.append(',').append(histogram.getMaxValue());
            line.append(',').append(Double.doubleToLongBits(histogram.getMean()));
            line.append(',').append(Double.doubleToLongBits(histogram.getStdDeviation()));
            for (double percentile : PERCENTILES) {
                line.append(',').append(histogram.getValueAtPercentile(percentile));
            }
            line.append(',').append(digest(histogram));
            out.println(line);
        }
        reader.close();
    }

    /** CRC-32 of each recorded value and its count as two big-endian longs. */
    static long digest(Histogram histogram) {
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        histogram.recordedValues().forEach(
            step -> {
                ByteBuffer pair = ByteBuffer.allocate(16);
                pair.putLong(step.getValueIteratedTo());
                pair.putLong(step.getCountAtValueIteratedTo());
                crc.update(pair.array());
            });
        return crc.getValue();
    }

    /** Each step of each iterator over one histogram. */
    static void iterators(File file) throws Exception {
        Histogram histogram = new Histogram(1, 100_000_000, 1);
        Random random = new Random(4);
        for (int i = 0; i < 2000; i++) {
            histogram.recordValue((long) (20_000 * Math.exp(random.nextGaussian())));
        }
        try (PrintStream out = new PrintStream(new FileOutputStream(file))) {
            ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
            int length = histogram.encodeIntoCompressedByteBuffer(buffer, 9);
            byte[] bytes = java.util.Arrays.copyOf(buffer.array(), length);
            out.println("payload," + java.util.Base64.getEncoder().encodeToString(bytes));
            histogram.recordedValues().forEach(step -> print(out, "recorded", step));
            histogram.percentiles(5).forEach(step -> print(out, "percentiles", step));
            histogram.linearBucketValues(10_000).forEach(step -> print(out, "linear", step));
            histogram.logarithmicBucketValues(1_000, 2).forEach(
                step -> print(out, "logarithmic", step));
            histogram.allValues().forEach(step -> print(out, "all", step));
        }
    }

    static void print(
            PrintStream out, String name, org.HdrHistogram.HistogramIterationValue step) {
        out.println(
            name + "," + step.getValueIteratedFrom() + "," + step.getValueIteratedTo()
                + "," + step.getCountAtValueIteratedTo() + "," + step.getCountAddedInThisIterationStep()
                + "," + step.getTotalCountToThisValue()
                + "," + Double.doubleToLongBits(step.getPercentile())
                + "," + Double.doubleToLongBits(step.getPercentileLevelIteratedTo()));
    }
}
