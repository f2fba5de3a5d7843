//! The importer against files that PyTorch wrote (`tests/goldens/weights.py`), whole, cut and altered.

mod files;
mod hostile;
mod made;

use std::io::Cursor;

use super::{ImportError, Imported, Wanted, import};

/// The widths of the network in the files.
const WIDTHS: [&[usize]; 5] = [&[2, 2], &[3, 3], &[3, 3, 3, 3], &[4, 4, 4, 4], &[4]];

fn wanted() -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let (mut input, mut feature) = (3, 0);
    for (block, widths) in WIDTHS.iter().enumerate() {
        for (layer, &output) in widths.iter().enumerate() {
            wanted.push(Wanted { name: format!("conv{}_{}", block + 1, layer + 1), feature, output, input });
            input = output;
            feature += 2;
        }
        feature += 1;
    }
    wanted
}

/// The weights in the files: `value` in the script.
fn values(feature: usize, part: usize, count: usize) -> Vec<f32> {
    let value = |i| i16::try_from(((feature + 1) * 31 + part * 17 + i * 7) % 127).unwrap();
    (0..count).map(|i| f32::from(value(i) - 63) / 64.0).collect()
}

fn read(bytes: &[u8], wanted: &[Wanted]) -> Result<Imported, ImportError> {
    import(&mut Cursor::new(bytes), wanted)
}

fn code(bytes: &[u8]) -> &'static str {
    read(bytes, &wanted()).map_or_else(|error| error.code(), |_| "none")
}

fn assert_is_the_network(imported: &Imported) {
    let wanted = wanted();
    assert_eq!(imported.convolutions.len(), wanted.len());
    for (layer, convolution) in wanted.iter().zip(&imported.convolutions) {
        assert_eq!(convolution.weight, values(layer.feature, 0, layer.output * layer.input * 9).into(), "{}", layer.name);
        assert_eq!(convolution.bias, values(layer.feature, 1, layer.output), "{}", layer.name);
    }
}
