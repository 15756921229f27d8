//! The infusion plant against the outside world.

use super::PlantError;
use super::constants::Constants;
use super::crossing::Limit;
use super::grid::Grid;
use super::infusion::{Infusion, Vitals};
use super::person::{Drug, Person, Sex};
use super::pharmacokinetics::effect;
use super::therapy::{Button, Demand, Press, Programme};
use crate::check::Check;
use sim::law::Law;
use sim::time::{SimTime, Span};

const THROUGH: &str = "devices::plant::infusion";

/// Every comparison of the infusion plant: closed forms, published reference results, and trajectories of an
/// independent integrator.
///
/// # Errors
/// When a constant is missing (a test holds that none is).
pub fn checks() -> Result<Vec<Check>, PlantError> {
    let constants = Constants::opioid()?;
    let mut rows = closed_forms(&constants)?;
    rows.extend(reference_run(&constants)?);
    rows.push(demand_study(&constants)?);
    for reference in REFERENCES {
        rows.extend(trajectory(&constants, reference)?);
    }
    Ok(rows)
}

/// A row: `got` may be off from `expected` by `bound`, in the same unit.
fn row(id: &str, what: &str, expected: f64, got: f64, bound: f64, source: &str, through: &str) -> Check {
    let what = format!("{what}, absolute");
    Check::absolute("infusion", id, &what, (got, expected), bound).from(source).through(through)
}

fn closed_forms(constants: &Constants) -> Result<Vec<Check>, PlantError> {
    let source = "closed form of Bouillon 2003: v = d^(1/(F+1)), P = P0 / v";
    let fentanyl = Person::TYPICAL.patient(constants, Drug::Fentanyl)?;
    // The infusion that holds 2 ng/mL; its clock runs for a day, so that it settles by itself.
    let rate = 2.0 * Person::TYPICAL.kinetics(constants, Drug::Remifentanil)?.compartments.clearance();
    let mut infusion = Infusion::new(Person::TYPICAL.patient(constants, Drug::Remifentanil)?, SimTime::ZERO);
    infusion.set_rate(SimTime::ZERO, rate);
    let vitals = infusion.measure(SimTime::ZERO + Span::DAY + Span::DAY);
    let mut rows = vec![
        row("steady-co2", "arterial CO2 at 2 ng/mL [mmHg]", 54.1037, vitals.paco2, 1e-4, source, THROUGH),
        row("steady-ve", "ventilation share at 2 ng/mL", 0.78368, vitals.ve_share, 1e-5, source, THROUGH),
    ];
    let numpy = "eigenvalues of the rate matrix by numpy";
    for (i, expected) in [0.84497, 0.04024, 0.0014885].into_iter().enumerate() {
        let (id, what) = (format!("fentanyl-rate-{}", i + 1), "decay rate of a fentanyl mode [1/min]");
        let bound = [5e-6, 5e-6, 5e-8][i];
        rows.push(row(&id, what, expected, fentanyl.kinetics.rates[i], bound, numpy, "arithmetic"));
    }
    Ok(rows)
}

/// The published run: 0.05 µg/kg/min in a man of 40 years, 70 kg and 170 cm; ten times that from minute 30 to 45.
fn hijacked(constants: &Constants) -> Result<Infusion, PlantError> {
    let mut infusion = Infusion::new(Person::TYPICAL.patient(constants, Drug::Remifentanil)?, SimTime::ZERO);
    infusion.set_rate(SimTime::ZERO, 3.5);
    Ok(infusion)
}

fn reference_run(constants: &Constants) -> Result<Vec<Check>, PlantError> {
    let source = "the reference run of 2026-11-23 (scipy), printed to half a minute and three digits";
    let end = minute(120.0);
    let nominal = hijacked(constants)?;
    let course = |infusion: &Infusion, until: f64| {
        let mut copy = infusion.clone();
        let mut course: Vec<(f64, Vitals)> = Vec::new();
        while copy.now() < minute(until) {
            copy.advance(copy.now() + super::person::STEP);
            course.push((copy.now().seconds() / 60.0, copy.measure(copy.now())));
        }
        course
    };
    let calm = course(&nominal, 120.0);
    let least = |pick: fn(&Vitals) -> f64| calm.iter().map(|(_, v)| pick(v)).fold(f64::INFINITY, f64::min);
    let last = calm.last().map_or(0.0, |(_, vitals)| vitals.ce);
    let mut attacked = nominal;
    attacked.set_rate(minute(30.0), 35.0);
    let crossing = |limit| attacked.next_crossing(limit, end).map_or(f64::NAN, |at| at.seconds() / 60.0);
    let share = |v: &Vitals| 100.0 * v.ve_share;
    let percent = |v: &Vitals| 100.0 * v.spo2;
    let mut rows = vec![
        row("nominal-ce", "effect-site concentration after 2 h [ng/mL]", 1.33, last, 0.005, source, THROUGH),
        row("nominal-ve", "lowest ventilation [%]", 70.0, least(share), 0.5, source, THROUGH),
        row("nominal-spo2", "lowest saturation [%]", 96.1, least(percent), 0.05, source, THROUGH),
    ];
    // The reference saw the state each half minute, so it names a crossing up to half a minute late.
    for (id, what, expected, limit) in [
        ("hijack-ve", "ventilation below 3 L/min [min]", 31.5, Limit::VentilationBelow(3.0)),
        ("hijack-spo2", "saturation below 90 % [min]", 32.0, Limit::SaturationBelow(0.90)),
        ("hijack-co2", "arterial CO2 above 65 mmHg [min]", 37.5, Limit::CarbonDioxideAbove(65.0)),
    ] {
        rows.push(row(id, what, expected, crossing(limit), 0.5, source, THROUGH));
    }
    attacked.set_rate(minute(45.0), 3.5);
    attacked.advance(end);
    let below = attacked.toll(super::harm::Harm::Hypoxaemia).time(super::person::STEP).seconds() / 60.0;
    rows.push(row("hijack-time", "time below 90 % [min]", 15.0, below, 0.5, source, THROUGH));
    Ok(rows)
}

/// Gourlay's study of fentanyl on demand: 200 µg before, then 20 µg/h and 20 µg at a press with 5 min lockout, for
/// 50 h, in patients whose need follows the study's own distribution.
fn demand_study(constants: &Constants) -> Result<Check, PlantError> {
    const PATIENTS: u32 = 20;
    const HOURS: f64 = 50.0;
    let demand = Demand { dose: 20.0, lockout: Span(5 * Span::MINUTE.0), four_hours: f64::MAX };
    let programme = Programme { rate: 20.0 / 60.0, demand: Some(demand) };
    let need = Law::Lognormal { median: 1.0, sigma: constants.get("therapy", "need_sigma")?, min: 0.0 };
    let (end, scans) = (minute(60.0 * HOURS), Grid::every(Span(30 * Span::SECOND.0)));
    let mut given = 0.0;
    for i in 0..PATIENTS {
        let need = need.quantile((f64::from(i) + 0.5) / f64::from(PATIENTS));
        let patient = Person { need, ..Person::TYPICAL }.patient(constants, Drug::Fentanyl)?;
        let mut infusion = Infusion::new(patient, SimTime::ZERO);
        infusion.bolus(SimTime::ZERO, 200.0);
        infusion.set_rate(SimTime::ZERO, programme.rate);
        let (mut button, mut from) = (Button::default(), minute(0.0));
        let wish = Limit::EffectBelow(patient.comfort);
        while let Some(at) = infusion.next_noticed(wish, scans, from, end) {
            if let Press::Dose(dose) = button.press(&programme, at) {
                infusion.bolus(at, dose);
                given += dose;
            }
            from = button.ready(&programme, at + scans.step);
        }
        given += programme.rate * 60.0 * HOURS;
    }
    let source = "Gourlay 1988: 55.8 +- 22 ug/h in 30 patients (the bound is their standard deviation)";
    let what = "fentanyl used on demand [ug/h]";
    let got = given / (f64::from(PATIENTS) * HOURS);
    let check = row("demand-use", what, 55.8, got, 22.0, source, THROUGH);
    Ok(check.known(
        "Shafer's clearance, 0.50 L/min, is below the 0.70 of a later allometric population model, and real patients \
         press for more than a falling concentration: movement, anxiety, care. The model gives too few doses; the \
         concentrations at which they are asked for are the study's own.",
    ))
}

/// A trajectory that an independent integrator made, and the inputs that made it.
struct Reference {
    id: &'static str,
    text: &'static str,
    person: Person,
    drug: Drug,
    /// (minute, rate from then on [µg/min] or none to leave it, dose [µg]).
    inputs: &'static [(f64, Option<f64>, f64)],
}

const REFERENCES: &[Reference] = &[
    Reference {
        id: "hijack",
        text: include_str!("../../tests/data/pkpd_hijack.csv"),
        person: Person::TYPICAL,
        drug: Drug::Remifentanil,
        inputs: &[(0.0, Some(3.5), 0.0), (30.0, Some(35.0), 0.0), (45.0, Some(3.5), 0.0)],
    },
    Reference {
        id: "demand",
        text: include_str!("../../tests/data/pkpd_demand.csv"),
        person: Person::TYPICAL,
        drug: Drug::Fentanyl,
        inputs: &[
            (0.0, Some(0.2), 100.0),
            (7.123, None, 20.0),
            (21.71, None, 20.0),
            (60.0, Some(0.0), 20.0),
            (90.017, None, 200.0),
        ],
    },
    Reference {
        id: "stopped",
        text: include_str!("../../tests/data/pkpd_stopped.csv"),
        person: Person {
            age: 80.0,
            weight: 52.0,
            height: 158.0,
            sex: Sex::Woman,
            sensitivity: 0.5,
            need: 1.0,
        },
        drug: Drug::Remifentanil,
        inputs: &[(0.0, Some(4.16), 0.0), (50.005, Some(0.0), 0.0), (60.33, Some(4.16), 0.0)],
    },
];

/// The largest distance from each column of the reference: 1e-8 ng/mL for the exact kinetics (the digits
/// printed), 0.001 mmHg of carbon dioxide, 0.01 mmHg of oxygen and 0.02 % of saturation for the 5 s steps of the
/// gases: a tenth of what instruments resolve.
fn trajectory(constants: &Constants, reference: &Reference) -> Result<Vec<Check>, PlantError> {
    let mut infusion = Infusion::new(reference.person.patient(constants, reference.drug)?, SimTime::ZERO);
    let mut inputs = reference.inputs.iter().peekable();
    let mut worst = [0.0_f64; 4];
    for line in reference.text.lines().skip(1) {
        let seen: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
        let &[at, ce, arterial, centre, oxygen, _, spo2] = seen.as_slice() else { continue };
        while let Some((then, rate, dose)) = inputs.next_if(|(then, ..)| *then <= at) {
            if let Some(rate) = rate {
                infusion.set_rate(minute(*then), *rate);
            }
            infusion.bolus(minute(*then), *dose);
        }
        infusion.advance(minute(at));
        let (body, vitals) = (infusion.body, infusion.measure(minute(at)));
        let gases = (body.gases.arterial_co2 - arterial).abs().max((body.gases.centre_co2 - centre).abs());
        let apart = [
            (effect(&body.modes) - ce).abs(),
            gases,
            (body.gases.alveolar_o2 - oxygen).abs(),
            100.0 * (vitals.spo2 - spo2).abs(),
        ];
        for (worst, apart) in worst.iter_mut().zip(apart) {
            *worst = if apart.is_nan() { f64::INFINITY } else { worst.max(apart) };
        }
    }
    let source = format!("scipy solve_ivp, DOP853, rtol 1e-11: pkpd_{}.csv", reference.id);
    Ok([
        ("ce", "largest error of the effect-site concentration [ng/mL]", 1e-8),
        ("co2", "largest error of carbon dioxide [mmHg]", 0.001),
        ("o2", "largest error of alveolar oxygen [mmHg]", 0.01),
        ("spo2", "largest error of saturation [%]", 0.02),
    ]
    .into_iter()
    .zip(worst)
    .map(|((part, what, bound), worst)| {
        row(&format!("course-{}-{part}", reference.id), what, 0.0, worst, bound, &source, THROUGH)
    })
    .collect())
}

fn minute(n: f64) -> SimTime {
    SimTime::ZERO + Span::from_seconds(60.0 * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_comparison_with_the_outside_holds_or_its_miss_is_known() {
        let rows = checks().unwrap();
        for row in &rows {
            println!(
                "{:<16} {:>12.6} {:>12.6} {:>10.2e} {:>8.1e}",
                row.id, row.expected, row.got, row.error, row.bound
            );
        }
        assert_eq!(rows.len(), 5 + 7 + 1 + 12);
        assert!(!rows.iter().any(Check::surprises));
    }
}
