//! The network's weights, read from `model.safetensors` in one pass that also hashes the file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, Metadata};
use sha2::{Digest, Sha256};

use super::files::ModelError;
use super::linear::Linear;
use super::loops::LayerNorm;
use super::shape::{FEED_FORWARD, LAYERS, POSITIONS, TOKEN_TYPES, VOCABULARY, WIDTH};

/// Largest header that is believed; the published file's has 11 KB.
const HEADER_BYTES_MAX: u64 = 1 << 20;

/// All weights of the network, as the forward pass wants them.
#[derive(Debug)]
pub(crate) struct Weights {
    /// [`VOCABULARY`] rows x [`WIDTH`].
    pub(crate) words: Vec<f32>,
    /// [`POSITIONS`] rows x [`WIDTH`], the embedding of token type 0 already added.
    pub(crate) positions: Vec<f32>,
    pub(crate) norm: LayerNorm,
    pub(crate) layers: Vec<Layer>,
}

/// One encoder layer.
#[derive(Debug)]
pub(crate) struct Layer {
    /// Query, key and value projections side by side.
    pub(crate) qkv: Linear,
    pub(crate) attention_output: Linear,
    pub(crate) attention_norm: LayerNorm,
    pub(crate) inner: Linear,
    pub(crate) output: Linear,
    pub(crate) output_norm: LayerNorm,
}

/// Reads the weights and the SHA-256 (hex) of the file they came from.
///
/// # Errors
/// The file is missing, unreadable, no safetensors file, or lacks a tensor of the expected shape and type.
pub(crate) fn read(path: &Path) -> Result<(Weights, String), ModelError> {
    let unreadable = |source| ModelError::reading(path, source);
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let mut reader = HashingReader {
        inner: BufReader::with_capacity(1 << 20, file),
        hash: Sha256::new(),
    };
    let metadata = read_header(path, bytes, &mut reader)?;
    let mut tensors = Tensors {
        path: path.to_owned(),
        values: HashMap::new(),
    };
    for name in metadata.offset_keys() {
        let Some(info) = metadata.info(&name) else {
            continue;
        };
        let bytes = info.data_offsets.1 - info.data_offsets.0;
        if info.dtype == Dtype::F32 {
            let values = reader.floats(bytes / 4).map_err(unreadable)?;
            tensors.values.insert(name, (info.shape.clone(), values));
        } else {
            reader.skip(bytes).map_err(unreadable)?;
        }
    }
    let sha256 = hex::encode(reader.hash.finalize());
    Ok((assemble(&mut tensors)?, sha256))
}

/// Reads the header and makes sure that it describes exactly the `bytes` of the file, so that no tensor can claim
/// more memory than there is file.
fn read_header(
    path: &Path,
    bytes: u64,
    reader: &mut HashingReader<impl Read>,
) -> Result<Metadata, ModelError> {
    let malformed = |reason: String| ModelError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let mut length = [0; 8];
    reader
        .read_exact(&mut length)
        .map_err(|_| malformed("shorter than its header".to_owned()))?;
    let header_bytes = u64::from_le_bytes(length);
    if header_bytes > HEADER_BYTES_MAX {
        return Err(malformed(format!(
            "a header of {header_bytes} bytes, where at most {HEADER_BYTES_MAX} make sense"
        )));
    }
    let mut header = vec![0; header_bytes as usize];
    reader
        .read_exact(&mut header)
        .map_err(|_| malformed("ends inside its header".to_owned()))?;
    let metadata: Metadata = serde_json::from_slice(&header).map_err(|error| malformed(error.to_string()))?;
    let described = 8 + header_bytes + metadata.data_len() as u64;
    if described != bytes {
        return Err(malformed(format!(
            "{bytes} bytes, where its header describes {described}"
        )));
    }
    Ok(metadata)
}

fn assemble(tensors: &mut Tensors) -> Result<Weights, ModelError> {
    let types = tensors.take("embeddings.token_type_embeddings.weight", &[TOKEN_TYPES, WIDTH])?;
    let mut positions = tensors.take("embeddings.position_embeddings.weight", &[POSITIONS, WIDTH])?;
    for row in positions.chunks_exact_mut(WIDTH) {
        for (value, kind) in row.iter_mut().zip(&types) {
            *value += kind;
        }
    }
    Ok(Weights {
        words: tensors.take("embeddings.word_embeddings.weight", &[VOCABULARY, WIDTH])?,
        positions,
        norm: tensors.norm("embeddings.LayerNorm")?,
        layers: (0..LAYERS)
            .map(|index| layer(tensors, index))
            .collect::<Result<_, _>>()?,
    })
}

fn layer(tensors: &mut Tensors, index: usize) -> Result<Layer, ModelError> {
    let name = |part: &str| format!("encoder.layer.{index}.{part}");
    let (mut weight, mut bias) = (Vec::new(), Vec::new());
    for part in ["query", "key", "value"] {
        weight.extend(tensors.take(&name(&format!("attention.self.{part}.weight")), &[WIDTH, WIDTH])?);
        bias.extend(tensors.take(&name(&format!("attention.self.{part}.bias")), &[WIDTH])?);
    }
    Ok(Layer {
        qkv: Linear::new(&weight, bias),
        attention_output: tensors.linear(&name("attention.output.dense"), WIDTH, WIDTH)?,
        attention_norm: tensors.norm(&name("attention.output.LayerNorm"))?,
        inner: tensors.linear(&name("intermediate.dense"), FEED_FORWARD, WIDTH)?,
        output: tensors.linear(&name("output.dense"), WIDTH, FEED_FORWARD)?,
        output_norm: tensors.norm(&name("output.LayerNorm"))?,
    })
}

/// The file's float tensors by name, each with its shape, until they are taken.
struct Tensors {
    path: PathBuf,
    values: HashMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Tensors {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let Some((found, values)) = self.values.remove(name) else {
            return Err(ModelError::MissingTensor {
                path: self.path.clone(),
                tensor: name.to_owned(),
            });
        };
        if found != shape {
            let (path, tensor, expected) = (self.path.clone(), name.to_owned(), shape.to_vec());
            return Err(ModelError::WrongShape {
                path,
                tensor,
                expected,
                found,
            });
        }
        Ok(values)
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize) -> Result<Linear, ModelError> {
        let weight = self.take(&format!("{name}.weight"), &[outputs, inputs])?;
        Ok(Linear::new(
            &weight,
            self.take(&format!("{name}.bias"), &[outputs])?,
        ))
    }

    fn norm(&mut self, name: &str) -> Result<LayerNorm, ModelError> {
        let scale = self.take(&format!("{name}.weight"), &[WIDTH])?;
        Ok(LayerNorm {
            scale,
            shift: self.take(&format!("{name}.bias"), &[WIDTH])?,
        })
    }
}

/// Hashes all bytes that are read through it.
struct HashingReader<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> HashingReader<R> {
    /// Reads little-endian floats, a block at a time, so that no second copy of a large tensor exists.
    fn floats(&mut self, count: usize) -> std::io::Result<Vec<f32>> {
        let mut values = Vec::with_capacity(count);
        let mut block = [0; 1 << 14];
        while values.len() < count {
            let bytes = ((count - values.len()) * 4).min(block.len());
            self.read_exact(&mut block[..bytes])?;
            let (quads, _) = block[..bytes].as_chunks::<4>();
            values.extend(quads.iter().map(|quad| f32::from_le_bytes(*quad)));
        }
        Ok(values)
    }

    fn skip(&mut self, bytes: usize) -> std::io::Result<()> {
        std::io::copy(&mut self.by_ref().take(bytes as u64), &mut std::io::sink()).map(|_| ())
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}
