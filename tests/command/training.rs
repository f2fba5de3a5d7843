//! `atelier train`, as a program that is cut off and called again.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};

use atelier::generator::{Architecture, StyleScale, Weights};
use atelier::vgg::{self, Precision};
use serde_json::Value;

use super::{assert_refused, command, events, said};

/// Trains on two of the site's own samples, small.
fn train(output: &Path, steps: &str) -> Output {
    train_on(output, steps, "waves")
}

fn train_on(output: &Path, steps: &str, style: &str) -> Output {
    train_with(output, steps, style, &[])
}

fn train_with(output: &Path, steps: &str, style: &str, more: &[&str]) -> Output {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/samples");
    let contents = output.join("contents");
    std::fs::create_dir_all(&contents).unwrap();
    std::fs::copy(samples.join("lake-thumb.jpg"), contents.join("lake.jpg")).unwrap();
    command(["train", "--json", "--steps", steps, "--patch", "32", "--batch", "1", "--seed", "3"])
        .args(if more.contains(&"--style-side") { &[][..] } else { &["--style-side", "64"] })
        .arg("--content")
        .arg(&contents)
        .arg("--style")
        .arg(samples.join(format!("{style}-thumb.jpg")))
        .arg("--output")
        .arg(output)
        .args(more)
        .output()
        .unwrap()
}

fn rows(folder: &Path) -> Vec<String> {
    std::fs::read_to_string(folder.join("curves.csv")).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_training_that_is_gone_on_with_has_each_step_once_in_its_curves() {
    let folder = tempfile::tempdir().unwrap();
    let first = events(&train(folder.path(), "3"));
    let names: Vec<&str> = first.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["style", "step", "step", "step", "done"]);
    assert_eq!((&first[0]["done"], &first[0]["of"]), (&Value::from(1), &Value::from(1)));
    let before = rows(folder.path());

    // As a kill leaves it: steps that no checkpoint knows, and a row that was cut off.
    let killed = format!("{}\n4{}\n5,0.25,0.", before.join("\n"), &before[3][1..]);
    std::fs::write(folder.path().join("curves.csv"), killed).unwrap();
    let second = events(&train(folder.path(), "5"));
    assert_eq!(second[1]["progress"]["step"], 4);

    let after = rows(folder.path());
    assert_eq!(after[..4], before[..]);
    let steps: Vec<&str> = after.iter().map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(steps, ["step", "1", "2", "3", "4", "5"]);
    assert_ne!(after[4][1..], before[3][1..], "the step of before the kill is still there");
}

#[test]
fn a_folder_that_holds_a_training_on_another_style_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    events(&train(folder.path(), "2"));
    let generator = || std::fs::read(folder.path().join("generator.safetensors")).unwrap();
    let before = generator();
    for steps in ["4", "2"] {
        assert_refused(&train_on(folder.path(), steps, "dots"), 2, &["other style pictures"]);
    }
    assert_eq!(generator(), before);

    // Nor does a training that is done write anything anew.
    let done = events(&train(folder.path(), "2"));
    assert_eq!(done.len(), 1);
    assert_eq!(done[0]["event"], "done");
    assert_eq!(generator(), before);
    // What is not there any more is.
    std::fs::remove_file(folder.path().join("generator.safetensors")).unwrap();
    events(&train(folder.path(), "2"));
    assert_eq!(generator(), before);
}

#[test]
fn a_training_goes_on_from_the_generator_that_it_was_begun_from() {
    let folder = tempfile::tempdir().unwrap();
    let from = |name: &'static str| ["--start-from", name];
    events(&train_with(folder.path(), "1", "waves", &from("models/any-style.safetensors")));
    let other = train_with(folder.path(), "2", "waves", &from("models/style-great-wave.safetensors"));
    assert_refused(&other, 2, &["not begun from models/style-great-wave.safetensors"]);
    events(&train_with(folder.path(), "2", "waves", &from("models/any-style.safetensors")));
    events(&train(folder.path(), "3"));
    assert_eq!(rows(folder.path()).len(), 4);
}

#[test]
fn two_runs_do_not_train_in_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(".training");
    let other = std::fs::File::create(&place).unwrap();
    other.lock().unwrap();
    assert_refused(&train(folder.path(), "1"), 1, &["another run is training here"]);
    drop(other);
    events(&train(folder.path(), "1"));
    assert!(!place.exists(), "nothing is left of it");
}

#[test]
fn a_training_goes_on_with_the_loss_network_that_it_was_begun_with() {
    let lite = ["--loss-network", "models/vgg-lite.safetensors"];
    let (by_wide, by_lite) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    events(&train(by_wide.path(), "2"));
    events(&train_with(by_lite.path(), "2", "waves", &lite));
    assert_ne!(rows(by_wide.path())[1], rows(by_lite.path())[1], "the two measure differently");
    assert_refused(&train_with(by_wide.path(), "3", "waves", &lite), 2, &["another loss network"]);
    events(&train(by_wide.path(), "3"));
    // The network that describes styles measured there, and goes on to.
    assert_refused(
        &train_with(by_lite.path(), "3", "waves", &["--loss-network", "models/vgg-lite-wide.safetensors"]),
        2,
        &["another loss network"],
    );
    // By another spelling it is the same network.
    events(&train_with(by_lite.path(), "3", "waves", &["--loss-network", "./models/vgg-lite.safetensors"]));
    events(&train(by_lite.path(), "4"));
    assert_eq!((rows(by_wide.path()).len(), rows(by_lite.path()).len()), (4, 5));
}

#[test]
fn a_loss_network_that_cannot_measure_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let shallow = vgg::Architecture { blocks: vec![vec![2], vec![2]], ..vgg::Architecture::lite() };
    let path = folder.path().join("shallow.safetensors");
    std::fs::write(&path, vgg::Weights::untrained(shallow, 1).write(Precision::Int8).unwrap()).unwrap();
    let refused = train_with(folder.path(), "1", "waves", &["--loss-network", path.to_str().unwrap()]);
    assert_refused(&refused, 2, &["shallow.safetensors", "conv3_2", "weights-layer-missing"]);
}

#[test]
fn a_generator_of_before_there_were_deep_blocks_is_given_some() {
    let folder = tempfile::tempdir().unwrap();
    let vgg = atelier::vgg::Weights::read(&std::fs::read("models/vgg-lite.safetensors").unwrap(), "vgg-lite").unwrap();
    let architecture = Architecture { deep: 0, ..Architecture::new(&vgg.architecture) };
    let scale = StyleScale::of(&[], architecture.statistics());
    let shallow = folder.path().join("shallow.safetensors");
    std::fs::write(&shallow, Weights::start(architecture, scale, 1).write(Precision::Int8).unwrap()).unwrap();
    let start = shallow.to_str().unwrap();
    let deep_after = |name: &str, more: &[&str]| {
        let output = folder.path().join(name);
        events(&train_with(&output, "1", "waves", more));
        let generator = output.join("generator.safetensors");
        let deep = Weights::read(&std::fs::read(&generator).unwrap(), name).unwrap().architecture.deep;
        (generator, deep)
    };
    assert_eq!(deep_after("as-it-was", &["--start-from", start]).1, 0);
    let gone_on = train_with(&folder.path().join("as-it-was"), "2", "waves", &["--start-from", start, "--deepen", "2"]);
    assert_refused(&gone_on, 2, &["with 0 deep blocks"]);
    let (deepened, deep) = deep_after("deeper", &["--start-from", start, "--deepen", "2"]);
    assert_eq!(deep, 2);
    let again = train_with(&folder.path().join("again"), "1", "waves", &["--start-from", deepened.to_str().unwrap(), "--deepen", "2"]);
    assert_refused(&again, 2, &["deep blocks already"]);
}

#[test]
fn a_training_goes_on_at_the_sizes_that_it_was_begun_with() {
    let folder = tempfile::tempdir().unwrap();
    events(&train(folder.path(), "2"));
    assert_refused(&train_with(folder.path(), "3", "waves", &["--style-side", "48"]), 2, &["--patch 32 --style-side 64"]);
    // The checkpoint is all that is needed.
    std::fs::remove_file(folder.path().join("generator.safetensors")).unwrap();
    events(&train(folder.path(), "3"));
    assert!(folder.path().join("generator.safetensors").exists());
}

#[test]
fn a_style_is_learnt_at_several_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let told = events(&train_with(folder.path(), "2", "waves", &["--style-side", "96,64"]));
    assert_eq!(told.iter().filter(|event| event["event"] == "style").count(), 2, "looked at at each");
    let generator = std::fs::read(folder.path().join("generator.safetensors")).unwrap();
    let own = Weights::read(&generator, "generator").unwrap().about.style.unwrap();
    assert_ne!(own.at(64), own.at(4096));
    let again = train_with(folder.path(), "3", "waves", &["--style-side", "64"]);
    assert_refused(&again, 2, &["--patch 32 --style-side 96,64"]);
    // In whichever order they are named.
    events(&train_with(folder.path(), "3", "waves", &["--style-side", "64,96"]));
}

#[test]
fn a_pack_trains_where_its_pictures_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/samples");
    std::fs::create_dir(place("contents")).unwrap();
    // A strip of which only the middle is learnt on, and shown on the sheets.
    let value = |place: u32| u8::try_from(place % 256).unwrap();
    image::RgbImage::from_fn(400, 20, |x, y| image::Rgb([value(x), value(y * 12), 90])).save(place("contents/strip.png")).unwrap();
    let run = |output: &str, pictures: &[&std::ffi::OsStr]| {
        command(["train", "--json", "--steps", "2", "--patch", "32", "--batch", "1", "--style-side", "64", "--sample-every", "1"])
            .args(pictures)
            .args(["--pack".as_ref(), place("pack").as_os_str(), "--output".as_ref(), place(output).as_os_str()])
            .output()
            .unwrap()
    };
    assert_refused(&run("first", &[]), 2, &["there is no pack yet"]);
    let nowhere = place("nowhere");
    std::fs::create_dir(&nowhere).unwrap();
    let none: [&std::ffi::OsStr; 4] = ["--content".as_ref(), nowhere.as_os_str(), "--style".as_ref(), nowhere.as_os_str()];
    assert_refused(&run("first", &none), 2, &["there are no pictures in this folder"]);
    assert!(!place("pack").exists(), "a pack of nothing is in the way of the next");
    let (contents, style) = (place("contents"), samples.join("waves-thumb.jpg"));
    let both: [&std::ffi::OsStr; 4] = ["--content".as_ref(), contents.as_os_str(), "--style".as_ref(), style.as_os_str()];
    let others = std::fs::File::create(place("pack.part")).unwrap();
    others.lock().unwrap();
    assert_refused(&run("first", &both), 1, &["pack: another run is writing it"]);
    // As a run that was killed leaves it.
    drop(others);
    std::fs::write(place("pack.part"), vec![1; 1 << 20]).unwrap();
    events(&run("first", &both));
    std::fs::remove_dir_all(contents).unwrap();
    events(&run("second", &[]));
    assert!(place("second/sample-000001.png").exists());
    let generator = |output: &str| std::fs::read(place(output).join("generator.safetensors")).unwrap();
    assert!(generator("first") == generator("second"), "the pack is the same set of pictures");
    let other_sizes =
        command(["train", "--json", "--patch", "48"]).arg("--pack").arg(place("pack")).arg("--output").arg(place("third")).output();
    assert_refused(&other_sizes.unwrap(), 2, &["other sizes", "delete it"]);
    let mut file = std::fs::read(place("pack")).unwrap();
    let version = file.windows(18).position(|part| part == b"atelier-examples-3").unwrap() + 17;
    file[version] = b'1';
    std::fs::write(place("pack"), &file).unwrap();
    assert_refused(&run("third", &[]), 2, &["by another version", "delete it"]);
    std::fs::write(place("pack"), &file[..file.len() / 2]).unwrap();
    assert_refused(&run("third", &[]), 2, &["damaged"]);
    std::fs::remove_file(place("pack")).unwrap();
    std::fs::create_dir(place("pack")).unwrap();
    assert_refused(&run("third", &[]), 1, &["pack: "]);
}

#[test]
fn pictures_without_room_in_memory_lie_in_a_file_while_the_training_runs() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    events(&train_with(&place("memory"), "2", "waves", &[]));
    events(&train_with(&place("file"), "2", "waves", &["--memory", "0"]));
    let generator = |output: &str| std::fs::read(place(output).join("generator.safetensors")).unwrap();
    assert!(generator("memory") == generator("file"), "the same pictures");
    // Made of the folders anew each time, it holds what they hold now.
    let own = place("file/pictures-of-this-run.safetensors");
    assert!(!own.exists());
    std::fs::write(&own, "of a run that was killed").unwrap();
    events(&train_with(&place("file"), "3", "waves", &["--memory", "0"]));
    assert!(!own.exists(), "it was made, and deleted");
    events(&train_with(&place("memory"), "3", "waves", &[]));
    assert!(generator("memory") == generator("file"), "the same pictures");
}

/// Where the checkpoint is to be written there is no room at first.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_said_and_written_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let (samples, place) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("www/samples"), |name: &str| folder.path().join(name));
    std::fs::create_dir(place("contents")).unwrap();
    std::fs::copy(samples.join("lake-thumb.jpg"), place("contents/lake.jpg")).unwrap();
    std::fs::create_dir(place("trained")).unwrap();
    // What cannot be written is taken away, so that there is room the next time.
    std::os::unix::fs::symlink("/dev/full", place("trained/checkpoint.safetensors.part")).unwrap();
    let mut training =
        command(["train", "--json", "--steps", "3", "--patch", "32", "--batch", "1", "--style-side", "64", "--checkpoint-every", "0"])
            .args(["--content".as_ref(), place("contents").as_os_str(), "--style".as_ref(), samples.join("waves-thumb.jpg").as_os_str()])
            .args(["--output".as_ref(), place("trained").as_os_str()])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
    let said: Vec<String> = BufReader::new(training.stderr.take().unwrap()).lines().map(Result::unwrap).collect();
    assert!(training.wait().unwrap().success(), "{said:?}");
    assert_eq!(said.iter().filter(|line| line.contains("not written") && line.contains("make room")).count(), 1, "{said:?}");
    assert!(place("trained/checkpoint.safetensors").is_file() && place("trained/generator.safetensors").is_file());
    assert_eq!(rows(&place("trained")).len(), 4);
}

#[test]
fn what_is_no_use_in_a_set_is_named_and_a_small_set_is_all_learnt_on() {
    let folder = tempfile::tempdir().unwrap();
    let styles = folder.path().join("styles");
    std::fs::create_dir(&styles).unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/samples");
    for style in ["waves", "dots"] {
        std::fs::copy(samples.join(format!("{style}-thumb.jpg")), styles.join(format!("{style}.jpg"))).unwrap();
    }
    image::GrayImage::new(300, 1).save(styles.join("line.png")).unwrap();
    std::fs::write(styles.join("phone.heic"), b"\0\0\0\x18ftypheic").unwrap();
    let jpeg = std::fs::read(samples.join("glass-thumb.jpg")).unwrap();
    std::fs::write(styles.join("torn.jpg"), &jpeg[..200]).unwrap();
    let output = train_with(folder.path(), "1", "ink", &["--style", styles.to_str().unwrap(), "--hold-out", "20"]);
    let told = events(&output);
    for name in ["line.png", "phone.heic", "torn.jpg"] {
        assert!(said(&output).lines().any(|line| line.contains("left out") && line.contains(name)), "{name} in {}", said(&output));
    }
    // Those two and the one that was named by itself; nothing is held out of so few.
    assert_eq!(told.iter().filter(|event| event["event"] == "style").count(), 3);
    let mistyped = train_with(&folder.path().join("again"), "1", "ink", &["--style", "no/such/picture.jpg"]);
    assert_refused(&mistyped, 1, &["no/such/picture.jpg"]);
}

#[test]
fn pictures_are_held_out_of_a_large_set() {
    let folder = tempfile::tempdir().unwrap();
    let output = train_with(folder.path(), "1", "waves", &["--style", "www/samples", "--hold-out", "3"]);
    let pictures = std::fs::read_dir("www/samples")
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "jpg"))
        .count();
    let told = events(&output);
    assert!(said(&output).contains(&format!("{} pictures are held out", pictures.div_ceil(3))), "{}", said(&output));
    assert_eq!(told.iter().filter(|event| event["event"] == "style").count(), 1 + pictures - pictures.div_ceil(3));
}
