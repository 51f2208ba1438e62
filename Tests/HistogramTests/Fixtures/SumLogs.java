import java.io.File;
import java.io.PrintStream;
import java.util.Random;
import java.util.TreeMap;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.HdrHistogram.HistogramLogWriter;

/**
 * "SumLogs write FOLDER COUNT" writes random logs; "SumLogs sum FOLDER" adds up every log in a folder by
 * tags and prints a line for each: file, tag, count, minimum, maximum, the bits of the mean, percentiles.
 */
public class SumLogs {
    static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("write")) {
            write(new File(arguments[1]), Integer.parseInt(arguments[2]));
        } else {
            sum(new File(arguments[1]));
        }
    }

    static void write(File folder, int count) throws Exception {
        Random random = new Random(7);
        for (int number = 0; number < count; number++) {
            PrintStream stream = new PrintStream(new File(folder, "java-" + number + ".hdr"));
            HistogramLogWriter writer = new HistogramLogWriter(stream);
            writer.outputLogFormatVersion();
            writer.outputStartTime(1_795_224_086_000L);
            writer.setBaseTime(1_795_224_086_000L);
            writer.outputBaseTime(1_795_224_086_000L);
            writer.outputLegend();
            int digits = 1 + random.nextInt(3);
            int tags = 1 + random.nextInt(3);
            for (int second = 0; second < 2 + random.nextInt(6); second++) {
                for (int tag = 0; tag < tags; tag++) {
                    Histogram histogram = new Histogram(1, 1L << (10 + random.nextInt(24)), digits);
                    histogram.setAutoResize(true);
                    for (int value = random.nextInt(300); value > 0; value--) {
                        histogram.recordValueWithCount(
                            random.nextLong() >>> (64 - 1 - random.nextInt(35)),
                            random.nextInt(20) == 0 ? random.nextInt(1_000_000) : 1);
                    }
                    histogram.setStartTimeStamp(1_795_224_086_000L + 1_000L * second);
                    histogram.setEndTimeStamp(1_795_224_087_000L + 1_000L * second);
                    if (tag > 0) {
                        histogram.setTag("TAG" + tag);
                    }
                    writer.outputIntervalHistogram(histogram);
                }
            }
            stream.close();
        }
    }

    static void sum(File folder) throws Exception {
        File[] files = folder.listFiles();
        java.util.Arrays.sort(files);
        StringBuilder lines = new StringBuilder();
        for (File file : files) {
            TreeMap<String, Histogram> sums = new TreeMap<>();
            HistogramLogReader reader = new HistogramLogReader(file);
            while (reader.hasNext()) {
                EncodableHistogram interval = reader.nextIntervalHistogram();
                Histogram histogram = (Histogram) interval;
                String tag = histogram.getTag() == null ? "untagged" : histogram.getTag();
                Histogram sum = sums.get(tag);
                if (sum == null) {
                    sum = new Histogram(
                        histogram.getLowestDiscernibleValue(),
                        histogram.getHighestTrackableValue(),
                        histogram.getNumberOfSignificantValueDigits());
                    sum.setAutoResize(true);
                    sums.put(tag, sum);
                }
                sum.add(histogram);
            }
            reader.close();
            sums.forEach((tag, sum) -> {
                lines.append(file.getName()).append(',').append(tag).append(',').append(sum.getTotalCount())
                    .append(',').append(sum.getMinValue()).append(',').append(sum.getMaxValue())
                    .append(',').append(Double.doubleToRawLongBits(sum.getMean()));
                for (double percentile : PERCENTILES) {
                    lines.append(',').append(sum.getValueAtPercentile(percentile));
                }
                lines.append('\n');
            });
        }
        System.out.print(lines);
    }
}
