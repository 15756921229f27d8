//! The reference programs on ten simulated minutes of small fleets, set-up excluded: `cargo bench -p plimsoll-benches`.

use benches::heap::Heap;
use benches::soa::Soa;
use benches::workload::Fleet;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn fleets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fleet");
    group.sample_size(10);
    for devices in [1_000, 10_000] {
        let fleet = Fleet::of(devices, 10, 600);
        group.throughput(Throughput::Elements(Soa::set_up(&fleet).run().messages));
        group.bench_function(BenchmarkId::new("soa", devices), |bench| {
            bench.iter_batched_ref(|| Soa::set_up(&fleet), Soa::run, BatchSize::PerIteration);
        });
        group.bench_function(BenchmarkId::new("heap", devices), |bench| {
            bench.iter_batched_ref(|| Heap::set_up(&fleet), Heap::run, BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, fleets);
criterion_main!(benches);
