//! Files that a command reads and writes. What it writes is compared with what it reads and tried
//! before the work starts, and is complete or not there.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use edgecert::claim::Claim;
use edgecert::diagnostic::InputError;
use edgecert::document;
use edgecert::input::Run;
use tempfile::NamedTempFile;

use crate::console;

/// Files that are not complete, to be removed if the process ends at once.
static PARTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn parts() -> MutexGuard<'static, Vec<PathBuf>> {
    PARTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is not complete and ends the process; nothing new is begun meanwhile.
pub(super) fn give_up(end: impl FnOnce()) {
    let mut parts = parts();
    for part in parts.drain(..) {
        let _ = fs::remove_file(part);
    }
    end();
}

/// Which file a path leads to, through symbolic links and whatever other names it has.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    /// Device and number of a file that exists.
    There(u64, u64),
    /// A file that does not exist, by the folder in which it would be.
    Absent(PathBuf),
}

impl Identity {
    fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Ok(there) => Identity::of_file(&there),
            Err(_) => Identity::Absent(absent(path)),
        }
    }

    fn of_file(there: &Metadata) -> Self {
        Identity::There(there.dev(), there.ino())
    }
}

/// Where a file would be made: the name behind all symbolic links, in a folder without any.
fn absent(path: &Path) -> PathBuf {
    let path = target(path);
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => match fs::canonicalize(folder) {
            Ok(folder) => folder.join(name),
            Err(_) => absent(folder).join(name),
        },
        (None, Some(name)) => fs::canonicalize(".").unwrap_or_default().join(name),
        (_, None) => path,
    }
}

/// What a symbolic link leads to, also if that does not exist; other paths stay as they are.
fn target(path: &Path) -> PathBuf {
    /// As many as Linux follows.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    path
}

/// Standard output, if it is known.
fn standard_output() -> Option<Metadata> {
    let file = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
    file.metadata().ok()
}

/// A file with a role in the command.
#[derive(Debug)]
struct Used {
    /// What it is: `the run file a.toml`, `--report page.html`.
    name: String,
    identity: Identity,
}

/// The files of a command. Every one that it reads is told first, then those it writes are opened.
#[derive(Debug, Default)]
pub(super) struct Files {
    read: Vec<Used>,
    written: Vec<Used>,
}

impl Files {
    /// A file that is read; `what` says what it is: `run file`.
    ///
    /// # Errors
    /// [`InputError`] if standard output goes to it.
    pub(super) fn reads(&mut self, what: &str, path: &Path) -> Result<(), InputError> {
        let name = format!("the {what} {}", path.display());
        let identity = Identity::of(path);
        let out = standard_output().filter(Metadata::is_file);
        if out.is_some_and(|out| Identity::of_file(&out) == identity) {
            let message = format!("standard output goes to {name}, which is read");
            return Err(InputError::usage(&message).help("let it go to another file"));
        }
        self.read.push(Used { name, identity });
        Ok(())
    }

    /// A run that was loaded, with its claims.
    ///
    /// # Errors
    /// As [`Files::reads`].
    pub(super) fn reads_run(&mut self, run: &Run) -> Result<(), InputError> {
        self.reads("run file", &run.file.path)?;
        self.reads_claims(&run.claims)
    }

    /// Claims that were loaded: their files and the runs that their perturbations start from.
    ///
    /// # Errors
    /// As [`Files::reads`].
    pub(super) fn reads_claims(&mut self, claims: &[Arc<Claim>]) -> Result<(), InputError> {
        for claim in claims {
            self.reads("claim file", &claim.file.path)?;
            if let Some(falsify) = &claim.falsify {
                self.reads("run file", &falsify.run)?;
            }
        }
        Ok(())
    }

    /// A file that is to be written once the work is done: makes sure that it can be, and leaves
    /// what is there as it is.
    ///
    /// # Errors
    /// [`InputError`] if it is read, or written as something else, if there is no such folder, if
    /// nothing may be written there, or if it is a folder.
    pub(super) fn writes(&mut self, option: &str, path: &Path) -> Result<OutputFile, InputError> {
        self.compare(option, path)?;
        let file = OutputFile::open(path)?;
        self.written.push(Used {
            name: format!("{option} {}", path.display()),
            identity: Identity::of(path),
        });
        Ok(file)
    }

    /// Refuses a file to be written that has another role.
    ///
    /// # Errors
    /// [`InputError`] as for [`Files::writes`]
    pub(super) fn compare(&self, option: &str, path: &Path) -> Result<(), InputError> {
        let there = fs::metadata(path).ok();
        // Devices take whatever comes.
        if there
            .as_ref()
            .is_some_and(|there| there.file_type().is_char_device())
        {
            return Ok(());
        }
        let refuse = |what: &str| {
            let message = format!("{option} {} {what}", path.display());
            Err(InputError::usage(&message).help(format!("give {option} another name")))
        };
        let identity = Identity::of(path);
        let same = |used: &&Used| used.identity == identity;
        if let Some(read) = self.read.iter().find(same) {
            return refuse(&format!("would overwrite {}, which is read", read.name));
        }
        if let Some(written) = self.written.iter().find(same) {
            return refuse(&format!("would overwrite {}", written.name));
        }
        if is_standard_output(path) {
            return Ok(());
        }
        if standard_output().is_some_and(|out| out.is_file() && Identity::of_file(&out) == identity)
        {
            return refuse("would overwrite what standard output writes");
        }
        if there.is_some_and(|there| there.is_file()) && is_source(path) {
            return refuse("would overwrite a TOML file, as runs and claims are");
        }
        Ok(())
    }
}

/// Is this a run, claim or order file? Nothing that is written is TOML, but the name of what is to
/// be written is easily forgotten: `--report runs/*.toml`.
fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "toml")
        || document::read(path).is_ok_and(|file| document::is_table(&file))
}

/// Is this a name of standard output, as `/dev/stdout` is?
fn is_standard_output(path: &Path) -> bool {
    let is_alias = ["/dev", "/proc"]
        .iter()
        .any(|folder| path.starts_with(folder));
    let out = standard_output().map(|out| Identity::of_file(&out));
    is_alias && out.is_some_and(|out| out == Identity::of(path))
}

/// A file to be written once the work is done.
///
/// The text goes to a new file beside it, which then takes its name: whoever reads meanwhile
/// sees the old file or the new one, and never a part. It gets the old one's permissions and,
/// where that is allowed, owner and group. What is no file but a device or a pipe is written as
/// it is.
#[derive(Debug)]
pub(super) struct OutputFile {
    /// The name on the command line, for messages.
    name: PathBuf,
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    /// The new file, and the one whose place it takes.
    Part(Part, PathBuf),
    /// A device or a pipe.
    Stream(File),
    StandardOutput,
}

impl OutputFile {
    fn open(path: &Path) -> Result<Self, InputError> {
        let sink = sink(path).map_err(|error| InputError::output(path, &error))?;
        let name = path.to_path_buf();
        Ok(OutputFile { name, sink })
    }

    /// Writes the text and gives the file its name.
    ///
    /// # Errors
    /// [`InputError`] if that fails; what had the name before is then still there.
    pub(super) fn write(self, text: &str) -> Result<(), InputError> {
        let written = match self.sink {
            Sink::Part(part, target) => part.complete(text, &target),
            Sink::Stream(mut file) => file.write_all(text.as_bytes()),
            Sink::StandardOutput => console::write(text),
        };
        written.map_err(|error| InputError::output(&self.name, &error))
    }
}

fn sink(path: &Path) -> io::Result<Sink> {
    if is_standard_output(path) {
        return Ok(Sink::StandardOutput);
    }
    let old = match fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(io::Error::other("it is a folder")),
        Ok(there) if !there.is_file() => {
            return OpenOptions::new().write(true).open(path).map(Sink::Stream);
        }
        Ok(there) if there.permissions().readonly() => {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(there) => Some(there),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let target = target(path);
    Ok(Sink::Part(Part::new(&target, old.as_ref())?, target))
}

/// A file that is not complete: it disappears with this value, and when the process is stopped.
#[derive(Debug)]
struct Part(Option<NamedTempFile>);

impl Part {
    /// A new file beside `target`, as accessible as the old one there.
    fn new(target: &Path, old: Option<&Metadata>) -> io::Result<Self> {
        /// Characters of the target's name in its own: together they must not become too long.
        const SHOWN: usize = 40;
        let Some(name) = target.file_name() else {
            return Err(io::Error::other("it does not name a file"));
        };
        let name: String = name.to_string_lossy().chars().take(SHOWN).collect();
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mode = old.map_or(0o666, |old| old.permissions().mode() & 0o777);
        // No signal finds a file that is not listed.
        let mut parts = parts();
        let file = tempfile::Builder::new()
            .prefix(&format!("{name}."))
            .suffix(".part")
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)?;
        parts.push(file.path().to_path_buf());
        drop(parts);
        let part = Part(Some(file));
        if let (Some(old), Some(file)) = (old, &part.0) {
            inherit(file.as_file(), old)?;
        }
        Ok(part)
    }

    /// Writes all of the text and takes the target's place.
    fn complete(mut self, text: &str, target: &Path) -> io::Result<()> {
        let Some(file) = &mut self.0 else {
            return Ok(());
        };
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        let mut parts = parts();
        let Some(file) = self.0.take() else {
            return Ok(());
        };
        let path = file.path().to_path_buf();
        let renamed = file
            .persist(target)
            .map(drop)
            .map_err(|failed| failed.error);
        parts.retain(|other| *other != path);
        renamed
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut parts = parts();
        if let Some(file) = self.0.take() {
            parts.retain(|other| other != file.path());
            drop(file);
        }
    }
}

/// Gives a new file owner, group and permissions of an old one, as far as this user may.
fn inherit(file: &File, old: &Metadata) -> io::Result<()> {
    let new = file.metadata()?;
    let mut mode = old.permissions().mode() & 0o7777;
    let is_owned = new.uid() == old.uid() || fchown(file, Some(old.uid()), None).is_ok();
    let is_shared = new.gid() == old.gid() || fchown(file, None, Some(old.gid())).is_ok();
    if !is_owned || !is_shared {
        // Not to be run in the name of somebody else.
        mode &= 0o777;
    }
    if !is_shared {
        // What the old group was allowed is nothing that another one may do.
        mode &= 0o707;
    }
    file.set_permissions(Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn files(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn write(path: &Path, text: &str) -> Result<(), InputError> {
        Files::default().writes("--report", path)?.write(text)
    }

    #[test]
    fn the_old_file_stays_until_the_new_one_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        fs::write(&path, "old").unwrap();
        let file = OutputFile::open(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        drop(file);
        assert_eq!(files(folder.path()), ["report.html"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        write(&path, "new").unwrap();
        assert_eq!(files(folder.path()), ["report.html"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(OutputFile::open(folder.path()).is_err());
        assert!(OutputFile::open(&folder.path().join("missing/report.html")).is_err());
        assert!(OutputFile::open(&folder.path().join("..")).is_err());
        assert_eq!(files(folder.path()), Vec::<String>::new());
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let [real, link, new, dangling] =
            ["real.html", "link", "new.html", "dangling"].map(|name| folder.path().join(name));
        fs::write(&real, "old").unwrap();
        symlink(&real, &link).unwrap();
        symlink("new.html", &dangling).unwrap();
        for (link, real) in [(link, real), (dangling, new)] {
            write(&link, "new").unwrap();
            assert_eq!(fs::read_to_string(&real).unwrap(), "new");
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        }
    }

    #[test]
    fn a_file_is_the_same_under_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("real")).unwrap();
        symlink("real", at("folder")).unwrap();
        symlink("real/new", at("link")).unwrap();
        let names = ["real/new", "folder/new", "./real/../real/new", "link"];
        for _ in 0..2 {
            for name in names {
                assert_eq!(
                    Identity::of(&at(name)),
                    Identity::of(&at("real/new")),
                    "{name}"
                );
            }
            assert_ne!(Identity::of(&at("real/other")), Identity::of(&at("link")));
            fs::write(at("real/new"), "").unwrap();
        }
        fs::hard_link(at("real/new"), at("hard")).unwrap();
        assert_eq!(Identity::of(&at("hard")), Identity::of(&at("link")));
    }
}
