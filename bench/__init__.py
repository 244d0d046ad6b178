"""What `./run bench` runs: ratios measured in one run, interleaved. Times of one machine say little, so none of these passes or fails."""
