//! Every reference program gives the same sums, and those of other programs.

mod engine;
mod figures;
mod references;
