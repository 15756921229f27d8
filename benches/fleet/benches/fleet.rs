//! The engine beside the reference programs, on ten simulated minutes of small fleets, and on an hour of the hospital;
//! set-up excluded: `cargo bench -p plimsoll-benches`.

use benches::engine::Engine;
use benches::heap::Heap;
use benches::own::{self, Shipped};
use benches::soa::Soa;
use benches::workload::Fleet;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sim::luck::Luck;
use sim::rank::Way;
use sim::simulation::Simulation;

fn fleets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fleet");
    group.sample_size(10);
    for devices in [1_000, 10_000] {
        let fleet = Fleet::of(devices, 10, 600);
        group.throughput(Throughput::Elements(Soa::set_up(&fleet).run().messages));
        group.bench_function(BenchmarkId::new("soa", devices), |bench| {
            bench.iter_batched_ref(|| Soa::set_up(&fleet), Soa::run, BatchSize::PerIteration);
        });
        for (path, way) in [("plimsoll", Way::Batched), ("plimsoll, general path", Way::InOrder)] {
            group.bench_function(BenchmarkId::new(path, devices), |bench| {
                let begin = || Engine::set_up(&fleet, "none", way).ok();
                bench.iter_batched_ref(begin, |run| run.as_mut().map(Engine::run), BatchSize::PerIteration);
            });
        }
        group.bench_function(BenchmarkId::new("heap", devices), |bench| {
            bench.iter_batched_ref(|| Heap::set_up(&fleet), Heap::run, BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn hospital(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hospital hour");
    group.sample_size(10);
    let begin = |strategy| {
        own::shipped(1, Shipped { scenario: "hospital", strategy }, Luck { seed: 1, replication: 0 }).ok()
    };
    let run = |simulation: &mut Option<Simulation>| simulation.as_mut().map(own::run);
    for strategy in ["none", "zero-trust"] {
        let messages = run(&mut begin(strategy)).map_or(0, |worked| worked.messages);
        group.throughput(Throughput::Elements(messages));
        group.bench_function(strategy, |bench| {
            bench.iter_batched_ref(|| begin(strategy), run, BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, fleets, hospital);
criterion_main!(benches);
