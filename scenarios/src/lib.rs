//! What is asked: the scenario language, controls, happenings, adversaries, import.

pub mod attack;
pub mod attempt;
pub mod campaigns;
pub mod care;
pub mod controls;
pub mod happenings;
pub mod import;
pub mod keep;
pub mod language;
pub mod reach;
pub mod shipped;
pub mod site;
pub mod techniques;
