//! Times, their medians and percentiles, and how they are printed.

use std::time::Duration;

/// Times that were measured.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    times: Vec<Duration>,
}

impl Figures {
    pub(crate) fn push(&mut self, time: Duration) {
        self.times.push(time);
    }

    pub(crate) fn len(&self) -> usize {
        self.times.len()
    }

    /// The median in milliseconds.
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let pair = [(sorted.len() - 1) / 2, sorted.len() / 2].map(|i| sorted[i]);
        pair.iter().sum::<f64>() / 2.0
    }

    /// What `percent` of the times do not exceed, in milliseconds; 100 is the maximum.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let sorted = self.sorted();
        sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]
    }

    /// `p50 1.20, p99 3.40, max 5.60 ms`.
    pub(crate) fn spread(&self) -> String {
        format!(
            "p50 {:.2}, p99 {:.2}, max {:.2} ms",
            self.median(),
            self.percentile(99),
            self.percentile(100)
        )
    }

    fn sorted(&self) -> Vec<f64> {
        assert!(!self.times.is_empty(), "nothing was measured");
        let mut times: Vec<f64> = self.times.iter().map(|t| t.as_secs_f64() * 1e3).collect();
        times.sort_by(f64::total_cmp);
        times
    }
}

/// Prints ours against theirs as a ratio of medians.
pub(crate) fn compare(what: &str, ours: &Figures, name: &str, theirs: &Figures, budget: f64) {
    println!(
        "{what}: {:.0} ms; {name}: {:.0} ms; ratio {:.2} (budget {budget}, medians of {})",
        ours.median(),
        theirs.median(),
        ours.median() / theirs.median(),
        ours.len(),
    );
}

/// What `/proc/PID/status` says under `field` (`VmRSS`, `VmHWM`), in bytes.
pub(crate) fn memory(pid: u32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
    let status = status.expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|l| l.trim_matches([':', ' ', '\t']).split(' ').next());
    kib.and_then(|n| n.parse::<u64>().ok())
        .expect("a size in kB")
        * 1024
}

/// Bytes in units of 10⁶.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
