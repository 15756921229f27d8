"""One run of a FLEET workload in SimPy: fleet.py DEVICES GATEWAYS PERIOD_S HORIZON_S SEED. Prints one line of JSON.

Written as SimPy's own documentation teaches: a process for every device, a process for every message on its way, a
Resource for every server. The clock counts integer nanoseconds.

Differs from the definition: of several messages that reach a server at the same instant, SimPy serves the one whose
event was made first, not that of the lower device: the sum of loop latencies may differ by 5 us a tie.
"""

import json
import sys
import time

import simpy

SECOND = 1_000_000_000
CRYPTO = 5_000_000
AIRTIME = 4_000_000
WAN = 20_000_000
SERVICE = 5_000
MESSAGES_PER_COMMAND = 10
MASK = (1 << 64) - 1


class Fleet:
    """The parameters, the servers and the sums."""

    def __init__(self, env, devices, gateways, period, seed):
        self.env = env
        self.devices = devices
        self.period = period
        self.seed = seed
        self.gateways = [simpy.Resource(env) for _ in range(gateways)]
        self.backend = simpy.Resource(env)
        self.messages = 0
        self.delivered = 0
        self.commands = 0
        self.uplink_latency_sum = 0
        self.loop_latency_sum = 0
        self.checksum = 0

    def draw(self, device, wake):
        """The 64 random bits of a wake: splitmix64 of a Weyl sequence, as halves of 32 bits."""
        x = ((device << 32 | wake) * 0x9E3779B97F4A7C15 + self.seed) & MASK
        x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & MASK
        x = ((x ^ x >> 27) * 0x94D049BB133111EB) & MASK
        x ^= x >> 31
        return x >> 32, x & 0xFFFFFFFF

    def device(self, number):
        """Wake, sense, compute, send a message on its way, and sleep until the next wake."""
        wake, reading = 0, 0
        high, low = self.draw(number, wake)
        yield self.env.timeout(high * self.period >> 32)
        while True:
            woke = self.env.now
            self.messages += 1
            reading += ((low & 0xFFFF) - reading) >> 3
            command = (low >> 16) % MESSAGES_PER_COMMAND == 0
            self.env.process(self.message(number, woke, reading, command))
            wake += 1
            high, low = self.draw(number, wake)
            yield self.env.timeout(self.period - self.period // 10 + (high * (self.period // 5) >> 32))

    def message(self, device, woke, reading, command):
        """From the device to the backend and, for one in ten, back again."""
        env = self.env
        gateway = self.gateways[device % len(self.gateways)]
        yield env.timeout(CRYPTO)
        with gateway.request() as turn:
            yield turn
            yield env.timeout(AIRTIME)
        yield env.timeout(WAN)
        with self.backend.request() as turn:
            yield turn
            yield env.timeout(SERVICE)
        self.delivered += 1
        self.uplink_latency_sum += env.now - woke
        self.checksum += reading
        if command:
            yield env.timeout(WAN)
            with gateway.request() as turn:
                yield turn
                yield env.timeout(AIRTIME)
            self.commands += 1
            self.loop_latency_sum += env.now - woke


def peak_rss_bytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def main():
    devices, gateways, period_s, horizon_s, seed = map(int, sys.argv[1:])
    env = simpy.Environment()
    fleet = Fleet(env, devices, gateways, period_s * SECOND, seed)
    for number in range(devices):
        env.process(fleet.device(number))
    # Every process starts with an event of its own at time zero: those belong to the set-up.
    for _ in range(devices):
        env.step()

    began = time.process_time()
    env.run(until=horizon_s * SECOND)
    cpu_s = time.process_time() - began

    print(json.dumps({
        "engine": "simpy",
        "devices": devices,
        "horizon_s": horizon_s,
        "messages": fleet.messages,
        "cpu_s": cpu_s,
        "peak_rss_bytes": peak_rss_bytes(),
        "delivered": fleet.delivered,
        "commands": fleet.commands,
        "uplink_latency_sum_ns": fleet.uplink_latency_sum,
        "loop_latency_sum_ns": fleet.loop_latency_sum,
        "checksum": fleet.checksum,
    }))


if __name__ == "__main__":
    main()
