//! The lines of a journal: what was done, by whose doing, and what the shadow got.

use serde::Serialize;
use sim::fact::By;
use sim::time::SimTime;

/// What was done, or happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Act {
    /// An order arrived.
    OrderArrived(Travelled),
    /// An order did not arrive; somebody programs it by hand at that time.
    OrderLost {
        /// How it travelled.
        #[serde(flatten)]
        message: Travelled,
        /// When somebody comes with it.
        #[serde(rename = "by_hand_ns")]
        by_hand_at: SimTime,
    },
    /// A monitor sees breathing depressed, and calls.
    AlarmRaised,
    /// The call reached somebody.
    AlarmArrived {
        /// How it travelled.
        #[serde(flatten)]
        message: Travelled,
        /// The group that answers.
        group: String,
        /// When one of them is at the bed.
        #[serde(rename = "answered_ns")]
        answered_at: SimTime,
    },
    /// The call reached nobody; somebody looks in at that time.
    AlarmLost {
        /// How it travelled.
        #[serde(flatten)]
        message: Travelled,
        /// When somebody looks in.
        #[serde(rename = "answered_ns")]
        answered_at: SimTime,
    },
    /// Somebody looks in and sees breathing depressed.
    SeenOnRound,
    /// A device at the patient goes down.
    DeviceDown,
    /// It is up again.
    DeviceUp,
    /// A device at the patient is cut off from the network.
    LinkDown,
    /// It is connected again.
    LinkUp,
    /// The therapy goes on with this device from now on.
    DeviceTaken,
    /// The therapy leaves this device.
    DeviceLeft,
    /// No device is free for the therapy.
    NoDeviceFree,
    /// The pump stops giving.
    PumpStopped,
    /// Somebody is called to program the pump anew.
    NurseCalled {
        /// When that will be done.
        #[serde(rename = "done_ns")]
        done_at: SimTime,
    },
    /// Hands program the pump.
    Programmed {
        /// How many times what was ordered: 1 unless a hand erred.
        factor: f64,
    },
    /// An adversary commands the pump.
    Tampered {
        /// How many times what was ordered.
        factor: f64,
    },
    /// Whoever answers holds the drug.
    DrugHeld,
    /// The drug is given again as ordered.
    DrugResumed,
    /// The patient presses the button [µg each].
    Pressed {
        /// What the patient got.
        dose: f64,
        /// What the shadow got.
        shadow_dose: f64,
    },
    /// An adversary tries something at a device of the patient's.
    Attempted {
        /// The technique.
        technique: String,
        /// Its id in ATT&CK for ICS.
        attack_id: &'static str,
        /// What became of it.
        outcome: Outcome,
    },
    /// Anything else that was recorded about a device of the patient's.
    Recorded {
        /// The kind of fact.
        kind: String,
        /// What it is about.
        about: String,
        /// How much, in the kind's unit.
        amount: i64,
        /// The unit.
        unit: String,
    },
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It worked.
    Worked,
    /// It arrived, and something that it needs was not there.
    Failed,
    /// It never arrived.
    Blocked,
}

/// A cause by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its kind.
    pub kind: By,
    /// Its name.
    pub name: String,
}

/// A delay, and who added it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Added {
    /// Who.
    pub by: Named,
    /// How much [ns].
    pub nanos: u64,
}

/// How a message travelled.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Travelled {
    /// The flow.
    pub flow: String,
    /// When it was sent; none if its sender was down.
    #[serde(rename = "sent_ns")]
    pub sent_at: Option<SimTime>,
    /// When its bare path delivers it to the shadow.
    #[serde(rename = "bare_ns")]
    pub bare_at: Option<SimTime>,
    /// Whether it arrived after its deadline.
    pub late: bool,
    /// Attempts after the first.
    pub sent_again: u8,
    /// The way: devices, radios and conduits.
    pub way: Vec<String>,
    /// The delay that others added on the way [ns].
    pub added: Vec<Added>,
    #[serde(skip)]
    pub(super) named: (u64, u64),
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// When.
    #[serde(rename = "at_ns")]
    pub at: SimTime,
    /// At which device.
    pub device: Option<String>,
    /// What.
    #[serde(flatten)]
    pub act: Act,
    /// By whose doing.
    pub by: Option<Named>,
    /// What made them do it.
    pub because: Option<Named>,
    /// What the pump infuses from now on [µg/min]; none where that is as before.
    pub rate: Option<f64>,
    /// What the shadow's infuses.
    pub shadow_rate: Option<f64>,
}
