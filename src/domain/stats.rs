//! What a container takes of its machine: samples of the engine become rates, in a bounded history.
//!
//! The figures are those of `docker stats`: CPU in percent of one core, memory without the page cache that the kernel
//! can drop, traffic and disk in bytes.

use std::collections::VecDeque;

use super::log::Moment;

/// Readings that are kept: two minutes, since an engine sends one a second.
pub const HISTORY: usize = 120;

/// What the engine counted up to a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: Moment,
    /// Nanoseconds of CPU that the container has used.
    pub cpu: u64,
    /// Nanoseconds of CPU that its machine has had, all cores together; none when the engine does not say.
    pub machine: Option<u64>,
    /// Cores of the machine.
    pub cores: u32,
    /// Bytes of memory.
    pub memory: u64,
    /// The most that it may take, in bytes; without a limit what the machine has.
    pub memory_limit: Option<u64>,
    /// Bytes received and sent; none without a network of its own.
    pub network: Option<(u64, u64)>,
    /// Bytes read from disk and written to it.
    pub disk: (u64, u64),
    /// Processes and threads.
    pub pids: u64,
    /// The most of these.
    pub pids_limit: Option<u64>,
}

/// What a container takes at a moment. Rates are bytes a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Percent of one core.
    pub cpu: f64,
    /// Bytes of memory.
    pub memory: u64,
    /// The most of it.
    pub memory_limit: Option<u64>,
    /// Received and sent.
    pub network: Option<(f64, f64)>,
    /// Read and written.
    pub disk: (f64, f64),
    /// Processes and threads.
    pub pids: u64,
    /// The most of these.
    pub pids_limit: Option<u64>,
}

/// The last readings, the oldest first.
#[derive(Debug, Default)]
pub struct History {
    readings: VecDeque<Reading>,
    last: Option<Sample>,
}

impl History {
    /// Takes a sample. The first one tells no rates yet, nor does one whose counters began anew: only from the next
    /// one on there is a reading. True when there is a new one.
    pub fn add(&mut self, sample: Sample) -> bool {
        let before = self.last.replace(sample);
        let Some(reading) = before.and_then(|before| reading(&before, &sample)) else {
            return false;
        };
        if self.readings.len() == HISTORY {
            self.readings.pop_front();
        }
        self.readings.push_back(reading);
        true
    }

    /// Samples do not come any more for a while: no rate is computed over the gap.
    pub fn pause(&mut self) {
        self.last = None;
    }

    /// The newest reading.
    pub fn newest(&self) -> Option<&Reading> {
        self.readings.back()
    }

    /// All readings, the oldest first.
    pub fn readings(&self) -> impl DoubleEndedIterator<Item = &Reading> + ExactSizeIterator {
        self.readings.iter()
    }
}

/// What lies between two samples; none when a counter went back, or no time passed.
fn reading(before: &Sample, now: &Sample) -> Option<Reading> {
    let nanos = u64::try_from(now.at.0.checked_sub(before.at.0)?).ok()?;
    if nanos == 0 {
        return None;
    }
    let used = now.cpu.checked_sub(before.cpu)?;
    // Without the machine's own count, the time that passed says as much.
    let cpu = match (now.machine, before.machine) {
        (Some(now_all), Some(all)) => share(used, now_all.checked_sub(all)?, now.cores),
        (_, _) => share(used, nanos, 1),
    };
    let rate = |count: u64, nanos: u64| float(count) * 1e9 / float(nanos);
    let rates = |(a, b): (u64, u64), (c, d): (u64, u64)| {
        Some((
            rate(c.checked_sub(a)?, nanos),
            rate(d.checked_sub(b)?, nanos),
        ))
    };
    let network = match (before.network, now.network) {
        (Some(before), Some(now)) => Some(rates(before, now)?),
        (_, _) => None,
    };
    Some(Reading {
        cpu,
        memory: now.memory,
        memory_limit: now.memory_limit.filter(|limit| *limit > 0),
        network,
        disk: rates(before.disk, now.disk)?,
        pids: now.pids,
        pids_limit: now.pids_limit.filter(|limit| *limit > 0),
    })
}

/// Percent of one core: the share of all that the machine had, times its cores.
fn share(used: u64, of: u64, cores: u32) -> f64 {
    if of == 0 {
        return 0.0;
    }
    float(used) / float(of) * f64::from(cores.max(1)) * 100.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures for a person need no more than 52 bits"
)]
fn float(count: u64) -> f64 {
    count as f64
}

impl Reading {
    /// Percent of the memory that it may take; none when the engine does not say how much that is.
    pub fn memory_percent(&self) -> Option<f64> {
        let limit = self.memory_limit?;
        Some(float(self.memory) / float(limit) * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn sample(seconds: i64) -> Sample {
        Sample {
            at: Moment(seconds * SECOND),
            cpu: 0,
            machine: Some(u64::try_from(seconds).unwrap() * 2_000_000_000),
            cores: 2,
            memory: 832 * 1024,
            memory_limit: Some(64 * 1024 * 1024),
            network: Some((0, 0)),
            disk: (0, 0),
            pids: 1,
            pids_limit: None,
        }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn cpu_is_percent_of_a_core_as_docker_computes_it() {
        for (used, machine, cores, percent) in [
            (0, Some(2 * SECOND), 2, 0.0),
            (SECOND / 2, Some(2 * SECOND), 2, 50.0),
            (2 * SECOND, Some(2 * SECOND), 2, 200.0),
            (SECOND / 100, Some(64 * SECOND), 64, 1.0),
            // The machine's count stands still, or is not told.
            (SECOND, Some(0), 2, 0.0),
            (SECOND / 4, None, 2, 25.0),
        ] {
            let (mut history, mut now) = (History::default(), sample(2));
            let before = sample(1);
            now.cpu = used.try_into().unwrap();
            now.cores = cores;
            now.machine = machine.map(|m| before.machine.unwrap() + u64::try_from(m).unwrap());
            assert!(!history.add(before), "one sample tells no rate");
            assert!(history.add(now));
            let got = history.newest().unwrap().cpu;
            assert!(close(got, percent), "{used} of {machine:?}: {got}");
        }
    }

    #[test]
    fn traffic_and_disk_are_bytes_a_second() {
        let (mut history, mut now) = (History::default(), sample(3));
        history.add(sample(1));
        now.network = Some((3000, 500));
        now.disk = (0, 8192);
        history.add(now);
        let got = history.newest().unwrap();
        let network = got.network.unwrap();
        assert!(close(network.0, 1500.0) && close(network.1, 250.0));
        assert!(close(got.disk.0, 0.0) && close(got.disk.1, 4096.0));
        assert!(close(got.memory_percent().unwrap(), 1.269_531_25));
    }

    #[test]
    fn counters_that_begin_anew_and_gaps_give_no_reading() {
        let mut history = History::default();
        let mut later = sample(2);
        later.cpu = 500;
        history.add(later);
        assert!(!history.add(sample(3)), "started again");
        assert!(history.add(sample(4)));
        assert!(!history.add(sample(4)), "no time passed");
        history.pause();
        assert!(!history.add(sample(90)));
        assert!(history.add(sample(91)));
        assert_eq!(history.readings().len(), 2);
    }

    #[test]
    fn history_and_limits_are_bounded() {
        let mut history = History::default();
        for n in 1..=500 {
            let mut now = sample(n);
            now.memory_limit = Some(0);
            history.add(now);
        }
        assert_eq!(history.readings().len(), HISTORY);
        assert_eq!(history.newest().unwrap().memory_limit, None);
        assert_eq!(history.newest().unwrap().memory_percent(), None);
    }

    proptest! {
        #[test]
        fn no_samples_give_a_figure_that_cannot_be_drawn(
            all in prop::collection::vec((any::<i64>(), any::<u64>(), any::<Option<u64>>(), any::<u32>(), any::<(u64, u64)>()), 0..20),
        ) {
            let mut history = History::default();
            for (at, cpu, machine, cores, disk) in all {
                history.add(Sample { at: Moment(at), cpu, machine, cores, disk, ..sample(1) });
            }
            for reading in history.readings() {
                prop_assert!(reading.cpu.is_finite() && reading.cpu >= 0.0);
                prop_assert!(reading.disk.0.is_finite() && reading.disk.0 >= 0.0);
            }
        }
    }
}
