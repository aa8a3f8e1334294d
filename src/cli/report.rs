//! Files that a command writes: tried before the work starts, complete or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use edgecert::diagnostic::InputError;

/// Files that are not complete, to be removed if the process ends at once.
static PARTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn parts() -> std::sync::MutexGuard<'static, Vec<PathBuf>> {
    PARTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is not complete, for a process that ends at once.
pub(super) fn remove_parts() {
    for part in parts().drain(..) {
        let _ = fs::remove_file(part);
    }
}

/// A file to be written once the work is done.
///
/// The text goes to a new file beside it, which then takes its name: whoever reads meanwhile
/// sees the old file or the new one, and never a part.
#[derive(Debug)]
pub(super) struct ReportFile {
    /// The name on the command line, for messages.
    name: PathBuf,
    /// The file that gets the text: where `name` leads to if it is a symbolic link.
    target: PathBuf,
    /// The new file beside it, until it has taken the name.
    part: Option<(PathBuf, File)>,
}

impl ReportFile {
    /// Makes sure that the file can be written, and leaves what is there as it is.
    ///
    /// # Errors
    /// [`InputError`] if there is no such folder, if nothing may be written there, or if
    /// something that is not a file has this name.
    pub(super) fn open(path: &Path) -> Result<Self, InputError> {
        let fault = |error: io::Error| InputError::output(path, &error);
        // A file must not take the place of a device, and a link should stay one.
        let target = match fs::metadata(path) {
            Ok(there) if !there.is_file() => {
                return Err(fault(io::Error::other("it is not a file")));
            }
            Ok(there) if there.permissions().readonly() => {
                return Err(fault(io::ErrorKind::PermissionDenied.into()));
            }
            Ok(_) => fs::canonicalize(path).map_err(fault)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_path_buf(),
            Err(error) => return Err(fault(error)),
        };
        let Some(file_name) = target.file_name() else {
            return Err(fault(io::Error::other("it does not name a file")));
        };
        let mut part = file_name.to_os_string();
        part.push(format!(".{}.part", std::process::id()));
        let part = target.with_file_name(part);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&part)
            .map_err(fault)?;
        parts().push(part.clone());
        Ok(ReportFile {
            name: path.to_path_buf(),
            target,
            part: Some((part, file)),
        })
    }

    /// Writes the text and gives the file its name.
    ///
    /// # Errors
    /// [`InputError`] if that fails; what had the name before is then still there.
    pub(super) fn write(mut self, text: &str) -> Result<(), InputError> {
        let Some((part, mut file)) = self.part.take() else {
            return Ok(());
        };
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&part, &self.target));
        parts().retain(|other| *other != part);
        written.map_err(|error| {
            let _ = fs::remove_file(&part);
            InputError::output(&self.name, &error)
        })
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if let Some((part, _)) = self.part.take() {
            parts().retain(|other| *other != part);
            let _ = fs::remove_file(part);
        }
    }
}

/// Writes a file that takes no time to make.
///
/// # Errors
/// As [`ReportFile::open`] and [`ReportFile::write`].
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), InputError> {
    ReportFile::open(path)?.write(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_old_file_stays_until_the_new_one_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        fs::write(&path, "old").unwrap();
        let file = ReportFile::open(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        drop(file);
        assert_eq!(files(folder.path()), ["report.html"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        write_file(&path, "new").unwrap();
        assert_eq!(files(folder.path()), ["report.html"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(ReportFile::open(folder.path()).is_err());
        assert!(ReportFile::open(&folder.path().join("missing/report.html")).is_err());
        assert!(ReportFile::open(Path::new("/dev/null")).is_err());
        assert_eq!(files(folder.path()), Vec::<String>::new());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.html"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_file(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
