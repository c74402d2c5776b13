//! What a container takes of its machine, about once a second.

use bollard::models::{ContainerBlkioStats, ContainerMemoryStats, ContainerStatsResponse};
use futures_util::stream::{BoxStream, StreamExt as _, unfold};
use serde::Deserialize;

use crate::domain::error::Result;
use crate::domain::log::Moment;
use crate::domain::stats::Sample;
use crate::domain::target::ContainerId;

use super::lines::Lines;
use super::{Docker, container_name};

/// The engine's line: its time as it is written, since that of a container that does not run is the year 1.
#[derive(Deserialize)]
struct Line {
    read: Option<String>,
    #[serde(flatten)]
    stats: ContainerStatsResponse,
}

impl Docker {
    pub(super) async fn watch_stats(
        &self,
        id: &ContainerId,
    ) -> Result<BoxStream<'static, Result<Sample>>> {
        let name = container_name(&id.0)?;
        let doing = format!("cannot measure {}", id.short());
        let answer = self
            .get(&format!("/containers/{name}/stats?stream=1"), &doing)
            .await?;
        let lines = Lines::new(answer, &doing, &self.endpoint.url);
        Ok(unfold(lines, |mut lines| async {
            loop {
                match lines.next::<Line>().await? {
                    Ok(line) => {
                        if let Some(sample) = sample(line) {
                            return Some((Ok(sample), lines));
                        }
                    }
                    Err(error) => return Some((Err(error), lines)),
                }
            }
        })
        .fuse()
        .boxed())
    }
}

/// A sample; none of a container that does not run, of which the engine sends lines without figures.
fn sample(line: Line) -> Option<Sample> {
    let at = Moment::parse(&line.read?)?;
    let stats = line.stats;
    let cpu = stats.cpu_stats?;
    let usage = cpu.cpu_usage.unwrap_or_default();
    let cores = cpu.online_cpus.filter(|n| *n > 0);
    // cgroup v1 on old engines tells of each core instead.
    let listed = usage.percpu_usage.as_ref().map(Vec::len);
    let cores = cores.or_else(|| u32::try_from(listed?).ok()).unwrap_or(1);
    let memory = stats.memory_stats.unwrap_or_default();
    let pids = stats.pids_stats.unwrap_or_default();
    let networks = stats.networks.map(|all| {
        all.values().fold((0u64, 0u64), |(received, sent), one| {
            (
                received.saturating_add(one.rx_bytes.unwrap_or_default()),
                sent.saturating_add(one.tx_bytes.unwrap_or_default()),
            )
        })
    });
    Some(Sample {
        at,
        cpu: usage.total_usage.unwrap_or_default(),
        machine: cpu.system_cpu_usage,
        cores,
        memory: used(&memory),
        memory_limit: memory.limit,
        network: networks,
        disk: disk(&stats.blkio_stats.unwrap_or_default()),
        pids: pids.current.unwrap_or_default(),
        // Newer engines write the kernel's "max" as the largest number.
        pids_limit: pids.limit.filter(|limit| *limit < u64::MAX / 2),
    })
}

/// Memory without the part of the page cache that the kernel can drop: `docker stats` shows the same. The name of that
/// part differs between cgroup v1 and v2.
fn used(memory: &ContainerMemoryStats) -> u64 {
    let usage = memory.usage.unwrap_or_default();
    let stats = memory.stats.as_ref();
    let cache = |name: &str| stats.and_then(|s| s.get(name)).filter(|n| **n < usage);
    let cache = cache("total_inactive_file").or_else(|| cache("inactive_file"));
    usage.saturating_sub(cache.copied().unwrap_or_default())
}

/// Bytes read and written, all devices together.
fn disk(block: &ContainerBlkioStats) -> (u64, u64) {
    let entries = block.io_service_bytes_recursive.iter().flatten();
    entries.fold((0u64, 0u64), |(read, written), entry| {
        let bytes = entry.value.unwrap_or_default();
        match entry.op.as_deref() {
            Some(op) if op.eq_ignore_ascii_case("read") => (read.saturating_add(bytes), written),
            Some(op) if op.eq_ignore_ascii_case("write") => (read, written.saturating_add(bytes)),
            Some(_) | None => (read, written),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn read(text: &str) -> Option<Sample> {
        lines::parse(text.as_bytes()).and_then(sample)
    }

    #[test]
    fn figures_of_cgroup_1_are_read_as_docker_stats_does() {
        let text = r#"{"read":"2026-11-27T00:44:49.41Z","pids_stats":{"current":3,"limit":100},"blkio_stats":{"io_service_bytes_recursive":[
            {"major":8,"minor":0,"op":"Read","value":4096},{"major":8,"minor":0,"op":"Write","value":10},{"major":8,"minor":0,"op":"Total","value":4106},
            {"major":9,"minor":0,"op":"Read","value":1}]},
            "cpu_stats":{"cpu_usage":{"total_usage":23690791,"percpu_usage":[20295090,3395701]},"system_cpu_usage":1703230000000,"throttling_data":{}},
            "memory_stats":{"usage":1548288,"stats":{"total_inactive_file":696320,"inactive_file":5},"limit":25276502016},
            "networks":{"eth0":{"rx_bytes":806,"tx_bytes":1},"eth1":{"rx_bytes":4,"tx_bytes":2}}}"#;
        let sample = read(&text.replace('\n', "")).unwrap();
        assert_eq!(sample.at, Moment::parse("2026-11-27T00:44:49.41Z").unwrap());
        assert_eq!(
            (sample.cpu, sample.machine, sample.cores),
            (23_690_791, Some(1_703_230_000_000), 2)
        );
        assert_eq!(
            (sample.memory, sample.memory_limit),
            (851_968, Some(25_276_502_016))
        );
        assert_eq!((sample.network, sample.disk), (Some((810, 3)), (4097, 10)));
        assert_eq!((sample.pids, sample.pids_limit), (3, Some(100)));
    }

    #[test]
    fn figures_of_cgroup_2_are_read_and_no_limit_is_none() {
        let text = r#"{"read":"2026-11-27T00:44:49.41Z","pids_stats":{"current":3,"limit":18446744073709551615},"blkio_stats":{"io_service_bytes_recursive":[
            {"major":8,"minor":0,"op":"read","value":7},{"major":8,"minor":0,"op":"write","value":9}]},
            "cpu_stats":{"cpu_usage":{"total_usage":5},"system_cpu_usage":10,"online_cpus":4},
            "memory_stats":{"usage":1000,"stats":{"inactive_file":400},"limit":2000}}"#;
        let sample = read(&text.replace('\n', "")).unwrap();
        assert_eq!((sample.memory, sample.cores, sample.disk), (600, 4, (7, 9)));
        assert_eq!((sample.network, sample.pids_limit), (None, None));
    }

    #[test]
    fn a_container_that_does_not_run_has_no_figures() {
        let text = r#"{"read":"0001-01-01T00:00:00Z","preread":"0001-01-01T00:00:00Z","pids_stats":{},"blkio_stats":{},"cpu_stats":{"cpu_usage":{"total_usage":0}},"memory_stats":{},"name":"/web"}"#;
        assert_eq!(read(text), None);
        assert_eq!(read("{}"), None);
    }
}
