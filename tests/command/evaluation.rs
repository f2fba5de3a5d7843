//! `atelier evaluate`, judged by a network of a few channels that has every layer that is judged by.

use std::path::Path;

use atelier::vgg::{Architecture, Precision, Weights};

use super::{assert_refused, command, said, told};

#[test]
fn a_generator_is_measured_on_what_can_be_read_and_each_pair_is_written_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/samples");
    for set in ["photos", "paintings"] {
        std::fs::create_dir(place(set)).unwrap();
    }
    for (from, to) in [("lake", "photos/a, b.jpg"), ("fruit", "photos/c.jpg"), ("waves", "paintings/waves.jpg")] {
        std::fs::copy(samples.join(format!("{from}-thumb.jpg")), place(to)).unwrap();
    }
    std::fs::write(place("photos/b.jpg"), b"words").unwrap();
    let blocks = vec![vec![4], vec![4], vec![4, 4], vec![4, 4], vec![4]];
    let judge = Weights::untrained(Architecture { blocks, ..Architecture::lite() }, 1);
    std::fs::write(place("judge.safetensors"), judge.write(Precision::Int8).unwrap()).unwrap();

    let run = |more: &[&str]| {
        command(["evaluate", "--size", "64", "--vgg19", place("judge.safetensors").to_str().unwrap()])
            .args(["--content".as_ref(), place("photos").as_os_str(), "--style".as_ref(), place("paintings").as_os_str()])
            .args(["--output".as_ref(), place("judged").as_os_str()])
            .args(more)
            .output()
            .unwrap()
    };
    let output = run(&["--optimise", "3"]);
    let table = told(&output);
    assert!(said(&output).contains("left out") && said(&output).contains("b.jpg"), "{}", said(&output));
    let figures = std::fs::read_to_string(place("judged/figures.csv")).unwrap();
    assert!(table.starts_with(figures.trim_end()), "{table}");
    let rows: Vec<&str> = figures.lines().collect();
    // Small folders are judged whole, and one painting serves every photo; a comma in a name stays in its field.
    assert!(rows.len() == 3 && rows[1].starts_with("\"a, b.jpg\",waves.jpg,") && rows[2].starts_with("c.jpg,waves.jpg,"), "{figures}");
    assert_eq!(rows[2].split(',').count(), rows[0].split(',').count());
    assert!(table.contains("median style ratio"), "{table}");
    assert!(place("judged/sheet-0.png").is_file());

    // Nothing to compare with: fewer columns, in every row.
    told(&run(&["--optimise", "0"]));
    let figures = std::fs::read_to_string(place("judged/figures.csv")).unwrap();
    let columns: Vec<usize> = figures.lines().skip(2).chain(figures.lines().take(1)).map(|row| row.split(',').count()).collect();
    assert_eq!(columns, [4, 4]);

    // A mistyped name is no picture that is left out.
    let mistyped = command(["evaluate", "--size", "64", "--vgg19", place("judge.safetensors").to_str().unwrap(), "--style", "nowhere.jpg"])
        .args(["--content".as_ref(), place("photos").as_os_str(), "--output".as_ref(), place("other").as_os_str()])
        .output()
        .unwrap();
    assert_refused(&mistyped, 1, &["nowhere.jpg"]);
    assert!(!said(&mistyped).contains("left out"));
}
