import java.io.File;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.HdrHistogram.HistogramLogWriter;

/**
 * What is done with the logs of a load by tools that do a step on a file in a JVM each.
 *
 * <pre>
 * trim FROM TO LOG RESULT    the intervals from FROM to TO, in seconds since the log's start
 * merge RESULT LOG...        one log of several with the same intervals
 * summarize LOG              a line for each tag: count, minimum, maximum, mean, percentiles
 * </pre>
 */
public class Pipeline {
    static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "trim" -> trim(
                Double.parseDouble(arguments[1]),
                Double.parseDouble(arguments[2]),
                arguments[3],
                arguments[4]);
            case "merge" -> merge(arguments);
            case "summarize" -> summarize(arguments[1]);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    static HistogramLogWriter writer(PrintStream stream, double startTime) {
        HistogramLogWriter writer = new HistogramLogWriter(stream);
        long milliseconds = Math.round(startTime * 1000);
        writer.outputLogFormatVersion();
        writer.outputStartTime(milliseconds);
        writer.setBaseTime(milliseconds);
        writer.outputBaseTime(milliseconds);
        writer.outputLegend();
        return writer;
    }

    static PrintStream stream(String path) throws Exception {
        return new PrintStream(new java.io.BufferedOutputStream(new java.io.FileOutputStream(path), 1 << 18));
    }

    static void trim(double from, double to, String log, String result) throws Exception {
        HistogramLogReader reader = new HistogramLogReader(new File(log));
        try (PrintStream stream = stream(result)) {
            HistogramLogWriter writer = null;
            EncodableHistogram interval;
            while ((interval = reader.nextIntervalHistogram(from, to)) != null) {
                if (writer == null) {
                    writer = writer(stream, reader.getStartTimeSec());
                }
                writer.outputIntervalHistogram(interval);
            }
        }
        reader.close();
    }

    static void merge(String[] arguments) throws Exception {
        List<HistogramLogReader> readers = new ArrayList<>();
        for (int index = 2; index < arguments.length; index++) {
            readers.add(new HistogramLogReader(new File(arguments[index])));
        }
        try (PrintStream stream = stream(arguments[1])) {
            HistogramLogWriter writer = null;
            while (true) {
                Histogram sum = null;
                for (HistogramLogReader reader : readers) {
                    Histogram histogram = (Histogram) reader.nextIntervalHistogram();
                    if (histogram == null) {
                        return;
                    }
                    if (sum == null) {
                        sum = histogram;
                        continue;
                    }
                    if (!sum.getTag().equals(histogram.getTag())
                        || sum.getStartTimeStamp() != histogram.getStartTimeStamp()) {
                        throw new IllegalStateException("the logs have different intervals");
                    }
                    // the sum's own times stay, which adding would widen by nothing here
                    sum.add(histogram);
                }
                if (writer == null) {
                    writer = writer(stream, readers.get(0).getStartTimeSec());
                }
                writer.outputIntervalHistogram(sum);
            }
        }
    }

    static void summarize(String log) throws Exception {
        TreeMap<String, Histogram> sums = new TreeMap<>();
        HistogramLogReader reader = new HistogramLogReader(new File(log));
        Histogram histogram;
        while ((histogram = (Histogram) reader.nextIntervalHistogram()) != null) {
            Histogram sum = sums.get(histogram.getTag());
            if (sum == null) {
                sum = new Histogram(
                    histogram.getLowestDiscernibleValue(),
                    histogram.getHighestTrackableValue(),
                    histogram.getNumberOfSignificantValueDigits());
                sums.put(histogram.getTag(), sum);
            }
            sum.add(histogram);
        }
        reader.close();
        sums.forEach((tag, sum) -> {
            StringBuilder line = new StringBuilder(tag);
            line.append(' ').append(sum.getTotalCount()).append(' ').append(sum.getMinValue());
            line.append(' ').append(sum.getMaxValue()).append(' ').append(sum.getMean());
            for (double percentile : PERCENTILES) {
                line.append(' ').append(sum.getValueAtPercentile(percentile));
            }
            System.out.println(line);
        });
    }
}
