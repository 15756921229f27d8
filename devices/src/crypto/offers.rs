//! Which suites a device class can run, and at what price: what `list classes` and `explain` show.

use super::conversation::{Resumption, Side, handshake};
use super::{Catalogue, CryptoError, DoesNotFit, Machine, Protection, Suite, fits};
use crate::class::DeviceClass;
use crate::frames::Carrier;
use sim::time::Span;

/// A reading as offers price it [B]. Assumption: a few values.
pub const READING: u32 = 24;
/// How often one is sent, where a battery's life is told. Assumption.
pub const EVERY: Span = Span(15 * Span::MINUTE.0);
/// How often a session is opened anew there. Assumption.
pub const SESSION: Span = Span::DAY;

/// What a suite costs a device of a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Bytes added to a reading.
    pub message_bytes: u32,
    /// Processor time for it.
    pub message_cpu: Span,
    /// Energy of that, and of the bytes where the class has a radio [J].
    pub message_joules: f64,
    /// Bytes of a full handshake, both ways.
    pub handshake_bytes: u32,
    /// Processor time of the device in it.
    pub handshake_cpu: Span,
    /// Energy of it at the device [J].
    pub handshake_joules: f64,
    /// How long the device's own carrier is taken by it, silence included; none where the class names no carrier.
    pub on_carrier: Option<Span>,
    /// How long a new battery lasts, and the share of what is drawn that the suite adds; none on the mains.
    pub battery: Option<(Option<Span>, f64)>,
}

/// A suite, and what it costs or why it does not fit.
pub type Offer = (&'static Suite, Result<Price, DoesNotFit>);

/// Every suite for a class, the weakest first; the other end is a server.
///
/// # Errors
/// When a suite that fits cannot be priced, which a test rules out for the classes as they stand.
pub fn offers(
    catalogue: &Catalogue,
    class: &DeviceClass,
    server: &DeviceClass,
) -> Result<Vec<Offer>, CryptoError> {
    let (machine, server) = (Machine::of(class), Machine::of(server));
    Suite::all()?
        .values()
        .map(|suite| {
            Ok((
                suite,
                match fits(catalogue, suite, &machine) {
                    Ok(()) => Ok(price(catalogue, suite, class, &machine, &server)?),
                    Err(lack) => Err(lack),
                },
            ))
        })
        .collect()
}

fn price(
    catalogue: &Catalogue,
    suite: &Suite,
    class: &DeviceClass,
    machine: &Machine,
    server: &Machine,
) -> Result<Price, CryptoError> {
    let message = Protection::of(catalogue, suite, machine)?.send(READING);
    let talk = handshake(catalogue, suite, machine, server, Resumption::Full)?;
    let air = |bytes: u32| class.link.carrier.map_or(Span::ZERO, |carrier| carrier.on_air(bytes));
    let radio = |sends: Span, hears: Span| {
        class
            .link
            .radio
            .map_or(0.0, |radio| radio.transmit * sends.seconds() + radio.receive * hears.seconds())
    };
    let (mut sends, mut hears) = (Span::ZERO, Span::ZERO);
    for flight in &talk.flights {
        *(if flight.from == Side::Client { &mut sends } else { &mut hears }) += air(flight.bytes);
    }
    let cpu = talk.cpu(Side::Client);
    let more = Span(air(READING + message.extra_bytes).0.saturating_sub(air(READING).0));
    let message_joules = message.joules + radio(more, Span::ZERO);
    let handshake_joules = machine.joules(cpu) + radio(sends, hears);
    let occupied = |carrier: Carrier| {
        let mine = talk.flights.iter().filter(|flight| flight.from == Side::Client);
        mine.fold(Span::ZERO, |sum, flight| sum + carrier.occupied(flight.bytes))
    };
    let battery = class.power.map(|power| {
        let listens = class.link.radio.map_or(0.0, |radio| radio.receive * radio.listens);
        let reading = radio(air(READING), Span::ZERO)
            + listens
            + class.hardware.active_power * class.service.time(u64::from(READING)).seconds();
        let bare = class.hardware.sleep_power + power.base + reading / EVERY.seconds();
        let handshakes = if talk.flights.is_empty() { 0.0 } else { handshake_joules / SESSION.seconds() };
        let added = message_joules / EVERY.seconds() + handshakes;
        (power.lasts(bare + added), added / (bare + added))
    });
    Ok(Price {
        message_bytes: message.extra_bytes,
        message_cpu: message.cpu,
        message_joules,
        handshake_bytes: talk.bytes(),
        handshake_cpu: cpu,
        handshake_joules,
        on_carrier: class.link.carrier.map(occupied),
        battery,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::{all, class};

    fn of(class_name: &str, suite: &str) -> Result<Price, DoesNotFit> {
        let [class, server] = [class_name, "generic-server"].map(|name| class(name).unwrap());
        let catalogue = Catalogue::shipped().unwrap();
        offers(catalogue, class, server).unwrap().into_iter().find(|offer| offer.0.name == suite).unwrap().1
    }

    #[test]
    fn every_class_has_an_offer_of_every_suite() {
        let server = class("generic-server").unwrap();
        for class in all().unwrap().values() {
            let offers = offers(Catalogue::shipped().unwrap(), class, server).unwrap();
            assert!(offers.iter().any(|offer| offer.1.is_ok()), "{}", class.name);
        }
    }

    /// The published sizes on paper: ML-DSA certificates are far more than 51 bytes times 24 hours of silence at SF12,
    /// a pre-shared key with ML-KEM-512 is hours, EDHOC minutes; 36 KiB hold no lattice signature beside TLS.
    #[test]
    fn a_far_node_is_told_what_it_cannot_run_and_what_takes_hours() {
        assert!(of("lora-node", "tls13-mlkem768-mldsa65").is_err());
        assert!(of("river-gauge", "psk-aes128-ccm").is_err_and(|lack| lack.what.contains("way back")));
        let hours = |suite| of("lora-node", suite).unwrap().on_carrier.unwrap().seconds() / 3_600.0;
        assert!((1.0..3.0).contains(&hours("psk-mlkem512")), "{}", hours("psk-mlkem512"));
        assert!(hours("edhoc-static-dh") < 0.5);
        let station = of("lora-station", "tls13-mlkem768-mldsa65").unwrap();
        assert!(station.on_carrier.unwrap() > Span::HOUR);
    }

    #[test]
    fn a_dearer_suite_leaves_less_of_a_battery() {
        let lasts = |suite| of("lora-node", suite).unwrap().battery.unwrap();
        let (none, edhoc, lattice) = (lasts("none"), lasts("edhoc-static-dh"), lasts("psk-mlkem512"));
        assert!(none.0 > edhoc.0 && edhoc.0 > lattice.0, "{none:?} {edhoc:?} {lattice:?}");
        assert_eq!(none.1, 0.0);
        assert!(lattice.1 > edhoc.1);
    }
}
