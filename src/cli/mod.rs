//! The command line.

mod cpu;
