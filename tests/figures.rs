//! Figures: what is drawn contains independently computed values, and the commands that draw.

#[path = "common/mod.rs"]
mod common;
#[path = "oracle/mod.rs"]
mod oracle;
#[path = "program/mod.rs"]
mod program;

#[path = "figures/commands.rs"]
mod commands;
#[path = "figures/data.rs"]
mod data;
#[path = "figures/recording.rs"]
mod recording;
