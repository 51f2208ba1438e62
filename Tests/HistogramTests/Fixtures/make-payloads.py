"""Encodes histograms with PyPI's codec and prints what it reports of each, one line of CSV each."""

import random

from hdrh.histogram import HdrHistogram

random.seed(5)


def report(name, histogram):
    # percentiles are left out on purpose: this implementation rounds those of the far tail
    # otherwise than Java
    print(
        name,
        histogram.get_total_count(),
        histogram.get_min_value(),
        histogram.get_max_value(),
        histogram.encode().decode(),
        " ".join(
            f"{item.value_iterated_to}:{item.count_at_value_iterated_to}"
            for item in histogram.get_recorded_iterator()
        ),
        sep=",",
    )


empty = HdrHistogram(1, 1_000_000, 3)
report("empty", empty)

gauss = HdrHistogram(1, 3_600_000_000_000, 3)
for _ in range(300):
    gauss.record_value(max(0, int(random.gauss(2_000_000, 400_000))))
report("gauss", gauss)

coarse = HdrHistogram(1_000, 60_000_000_000, 2)
for _ in range(300):
    coarse.record_value(int(random.expovariate(1 / 5_000_000)))
report("coarse", coarse)

counts = HdrHistogram(1, 100_000, 1)
for bit in range(0, 61, 4):
    counts.record_value(bit * 1_000 + 1, 1 << bit)
report("counts", counts)
