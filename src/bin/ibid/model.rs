//! Which model a command works with.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ibid::encoder::bert::BertEmbedder;
use ibid::encoder::bert::reference::ReferenceEmbedder;
use ibid::encoder::convert::{ConvertOptions, SourceFiles, convert};
use ibid::encoder::folder::{MANIFEST_FILE, ModelFiles, TOKENIZER_FILE, WEIGHTS_FILE};
use ibid::error::{Error, ErrorKind, Result};

/// Where `make model` puts the default model.
const DEFAULT_MODEL: &str = "models/all-minilm-l6-v2";

/// The option that names the model.
#[derive(clap::Args)]
pub struct ModelArgument {
    /// The model: a model folder, or a Hugging Face folder, which is quantised in memory.
    #[arg(long, value_name = "FOLDER", default_value = DEFAULT_MODEL)]
    model: PathBuf,
}

impl ModelArgument {
    /// Loads the model.
    pub fn load(&self) -> Result<BertEmbedder> {
        let folder = &self.model;
        let is_source = !folder.join(MANIFEST_FILE).exists() && folder.join("config.json").exists();
        let files = if is_source {
            convert(read_source(folder)?, self.options())?
        } else {
            ModelFiles::read(folder)?
        };
        BertEmbedder::load(files)
    }

    /// Loads the model in f32, from a Hugging Face folder.
    pub fn load_reference(&self) -> Result<ReferenceEmbedder> {
        ReferenceEmbedder::load(read_source(&self.model)?, self.options())
    }

    fn options(&self) -> ConvertOptions {
        let name = self.model.file_name().unwrap_or(self.model.as_os_str()).to_string_lossy();
        ConvertOptions {
            name: name.into_owned(),
            license: "unknown".to_owned(),
            source: self.model.display().to_string(),
            ..Default::default()
        }
    }
}

/// Reads a Hugging Face folder.
pub fn read_source(folder: &Path) -> Result<SourceFiles> {
    let files = SourceFiles::collect(|file| read(&folder.join(file)));
    files.map_err(|error| error.within(folder.display()))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let message = format!("{} cannot be read", path.display());
            Err(Error::new(ErrorKind::ModelFileMissing, message).with_source(error))
        }
    }
}

/// Writes a model folder, which is made where it does not exist.
pub fn write_model(folder: &Path, files: &ModelFiles) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| not_written(folder, error))?;
    // The manifest comes last: an interrupted conversion leaves no folder that looks whole.
    write(&folder.join(WEIGHTS_FILE), &files.weights)?;
    write(&folder.join(TOKENIZER_FILE), &files.tokenizer)?;
    write(&folder.join(MANIFEST_FILE), &files.manifest)
}

/// The size of a model folder.
pub fn megabytes(files: &ModelFiles) -> f64 {
    [&files.manifest, &files.tokenizer, &files.weights].map(Vec::len).iter().sum::<usize>() as f64 / 1e6
}

/// Writes through a temporary name, so that there is never half a file under the right one.
fn write(path: &Path, content: &[u8]) -> Result<()> {
    let temporary = path.with_extension("part");
    let written = fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // Of the two errors the first one is worth telling.
        let _ = fs::remove_file(&temporary);
        not_written(path, error)
    })
}

fn not_written(path: &Path, error: io::Error) -> Error {
    Error::invalid_argument(format!("{} cannot be written", path.display())).with_source(error)
}
