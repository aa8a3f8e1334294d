//! The `edgecert` program.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main().into()
}
