//! The arguments.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use sim::time::Span;
use std::path::PathBuf;

/// How much security can a fleet carry before its controls sink what they protect?
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, arg_required_else_help = true, max_term_width = 110)]
#[command(after_help = "Results go to standard output, progress and messages to standard error.\n\
    Exit codes: 0 done, 1 the run failed or was interrupted, 2 the input is wrong.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How results are written.
    #[arg(long, value_enum, global = true, default_value_t = Format::Text)]
    pub format: Format,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: documents with a `version`.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare strategies on the same luck, and draw a page.
    Compare(Compare),
    /// One run in detail: metrics, ledger, flows, digest.
    Run(Run),
    /// Every finding in some scenarios, each with its place and what to do about it.
    Check(Check),
    /// What there is.
    List(List),
    /// What something is and where its numbers come from; or what led to a harm event.
    Explain(Explain),
    /// Write a scenario to start from.
    Init(Init),
    /// The JSON Schema of the scenario language, for editors.
    Schema,
    /// Completions for a shell.
    Completions(Completions),
    /// Make a scenario of a real fleet's files.
    #[command(subcommand)]
    Import(Import),
    /// Hold the models against the outside world.
    Validate(Validate),
    /// Measure what cryptography costs here.
    #[cfg(feature = "calibrate")]
    Calibrate(Calibrate),
    /// Draw the page of a stored comparison again.
    Report(Report),
}

/// Strategies side by side.
#[derive(Debug, Args)]
pub struct Compare {
    /// A file, or the name of a shipped scenario.
    pub scenario: String,
    /// Some of its strategies, separated by commas [default: all].
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    pub strategies: Vec<String>,
    /// Runs of each strategy [default: what the scenario says]; with --until at most so many.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub replications: Option<u32>,
    /// The seed of all luck.
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Go on until half the interval of every difference in the primary metric is at most this, in its unit.
    #[arg(long, value_name = "PRECISION")]
    pub until: Option<f64>,
    /// Tell which assumptions and figures from memory move the answer: each is set low and high, in two runs of every
    /// strategy that reads it.
    #[arg(long)]
    pub sensitivity: bool,
    /// A table that `calibrate host` wrote: its costs of cryptography stand for those of the catalogue.
    #[arg(long, value_name = "FILE")]
    pub costs: Option<PathBuf>,
    /// Where the results go [default: out/NAME]; what stood there is kept as DIR.1.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Runs at once [default: one for each core, as far as memory allows].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Take no more memory than this, such as "4 GB": fewer runs at once rather than more memory.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
}

/// One run.
#[derive(Debug, Args)]
pub struct Run {
    /// A file, or the name of a shipped scenario.
    pub scenario: String,
    /// The strategy [default: none, or that of the snapshot].
    #[arg(long)]
    pub strategy: Option<String>,
    /// The seed of all luck [default: 1, or that of the snapshot].
    #[arg(long, conflicts_with = "from")]
    pub seed: Option<u64>,
    /// A table that `calibrate host` wrote: its costs of cryptography stand for those of the catalogue.
    #[arg(long, value_name = "FILE")]
    pub costs: Option<PathBuf>,
    /// Write `run.json` there, too, and the scenario, to explain what happened.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Keep the run as it stands so long after its start, such as "36 h", in the folder of --out.
    #[arg(long, value_name = "TIME", requires = "out", value_parser = span)]
    pub snapshot_at: Option<Span>,
    /// Go on from a snapshot (its file or folder): under its own strategy, or another whose controls begin then.
    #[arg(long, value_name = "SNAPSHOT")]
    pub from: Option<PathBuf>,
    /// Write every fact to `facts.jsonl` [in out/NAME-STRATEGY unless --out says otherwise].
    #[arg(long)]
    pub log: bool,
    /// Take no more memory than this, such as "4 GB"; a run that needs more says so.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
    /// Seconds of this machine by phase, stage and model, and how much was worked.
    #[arg(long)]
    pub timings: bool,
}

/// Scenarios to check.
#[derive(Debug, Args)]
pub struct Check {
    /// Files, or names of shipped scenarios.
    #[arg(required = true, value_name = "FILE")]
    pub scenarios: Vec<String>,
}

/// What to list.
#[derive(Debug, Args)]
pub struct List {
    /// Of what kind [default: every kind].
    #[arg(value_enum)]
    pub kind: Option<Listed>,
}

/// Kinds of things that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// Scenarios that the program carries.
    Scenarios,
    /// Security controls.
    Controls,
    /// Adversaries.
    Adversaries,
    /// What adversaries can do to a device.
    Techniques,
    /// Outages, faults, emergencies.
    Happenings,
    /// Device classes.
    Classes,
    /// Physical processes.
    Plants,
    /// Radios.
    Radios,
    /// Protocols by which flows talk, and which lists of permitted flows may name.
    Protocols,
    /// Cryptographic suites.
    Suites,
    /// Cryptographic schemes that were measured.
    Schemes,
    /// Metrics.
    Metrics,
}

/// What to explain.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Explain {
    /// The name of something that `list` shows, a parameter's key, or the code of a finding.
    #[arg(required = true)]
    pub name: Option<String>,
    /// A table that `calibrate host` wrote: its costs of cryptography stand for those of the catalogue.
    #[arg(long, value_name = "FILE")]
    pub costs: Option<PathBuf>,
    /// Or what happened in a run.
    #[command(subcommand)]
    pub happened: Option<Happened>,
}

/// What happened in a run.
#[derive(Debug, Subcommand)]
pub enum Happened {
    /// What led to a harm event of a stored run: the run is made again with the journal of that patient.
    Harm(Harm),
}

/// A harm event.
#[derive(Debug, Args)]
pub struct Harm {
    /// What `run --out` or `compare` wrote.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The event: PATIENT@N of a run, STRATEGY/REPLICATION/PATIENT@N of a comparison [default: list them].
    pub id: Option<String>,
}

/// What to start from.
#[derive(Debug, Args)]
pub struct Init {
    /// `ward`, or the name of a shipped scenario.
    #[arg(default_value = "ward")]
    pub template: String,
    /// The folder to write it to.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
}

/// Which shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// What to import.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Profiles of devices (RFC 8520): each becomes a fleet and its declared flows.
    Mud(ImportMud),
    /// An inventory (CSV with headers): zones and fleets.
    Inventory(ImportInventory),
    /// Observed flows (CSV) against a profile: what it accepts and what not, and why.
    Flows(ImportFlows),
}

/// Profiles.
#[derive(Debug, Args)]
pub struct ImportMud {
    /// The profiles.
    #[arg(required = true, value_name = "FILE")]
    pub profiles: Vec<PathBuf>,
    /// The folder for `scenario.toml` [default: the first file's name].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// An inventory.
#[derive(Debug, Args)]
pub struct ImportInventory {
    /// The inventory.
    #[arg(value_name = "FILE")]
    pub inventory: PathBuf,
    /// Profiles of some of its devices.
    #[arg(long, value_name = "PROFILE", num_args = 1..)]
    pub mud: Vec<PathBuf>,
    /// The folder for `scenario.toml` [default: the file's name].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Observed flows.
#[derive(Debug, Args)]
pub struct ImportFlows {
    /// The flows.
    #[arg(value_name = "FILE")]
    pub flows: PathBuf,
    /// The profile of the device.
    #[arg(long, value_name = "PROFILE")]
    pub mud: PathBuf,
    /// Names of addresses: lines of an address and its names, as in /etc/hosts.
    #[arg(long, value_name = "FILE")]
    pub names: Option<PathBuf>,
    /// Write the flows as a scenario to this folder, those that the profile does not accept as undeclared.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Models to validate.
#[derive(Debug, Args)]
pub struct Validate {
    /// One area [default: all].
    #[arg(value_parser = experiments::validate::names())]
    pub area: Option<String>,
    /// Shorter runs with wider bounds.
    #[arg(long)]
    pub quick: bool,
}

/// What to measure.
#[cfg(feature = "calibrate")]
#[derive(Debug, Args)]
pub struct Calibrate {
    /// Whose costs.
    #[command(subcommand)]
    pub what: Calibrated,
}

/// Whose costs to measure.
#[cfg(feature = "calibrate")]
#[derive(Debug, Subcommand)]
pub enum Calibrated {
    /// This machine's, by published Rust crates, beside those of the catalogue.
    Host {
        /// The file for the rows, in the form of the catalogue [default: none is written].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// The processor's clock in MHz [default: as the system tells].
        #[arg(long, value_name = "MHZ")]
        clock: Option<f64>,
    },
}

/// A stored comparison.
#[derive(Debug, Args)]
pub struct Report {
    /// Its folder, whole or left by an interrupted comparison.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// A length of time with its unit.
fn span(text: &str) -> Result<Span, String> {
    devices::quantity::span(text).map_err(|error| format!("{error}; {}", error.help()))
}

/// An amount of memory with its unit [B].
fn size(text: &str) -> Result<u64, String> {
    let parsed = devices::quantity::parse(text, devices::quantity::Dimension::Bytes);
    parsed.map(|bytes| bytes as u64).map_err(|error| format!("{error}; {}", error.help()))
}
