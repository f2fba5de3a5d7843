//! Looking closely at a result: zoom, pan, the photo for as long as a button is held, copies side by side.

use serde_json::{Value, json};

use crate::results;
use crate::screenshots;
use crate::studio::Studio;

/// Zoom, and where the picture's corner is, in shares of the frame.
async fn view(studio: &Studio) -> (f64, f64, f64) {
    let read = "const { style } = document.querySelector('#picture');
        return ['--zoom', '--x', '--y'].map((name) => Number.parseFloat(style.getPropertyValue(name)))";
    let view = studio.browser.run(read).await;
    let number = |at: usize| view[at].as_f64().unwrap();
    (number(0), number(1) / 100.0, number(2) / 100.0)
}

/// A pointer that goes from one place to another, both in shares of the frame.
async fn drag(studio: &Studio, from: [f64; 2], to: [f64; 2]) {
    let script = "const picture = document.querySelector('#picture'); const { left, top, width, height } = picture.getBoundingClientRect();
        const send = (type, [x, y]) => picture.dispatchEvent(new PointerEvent(type, {
            pointerId: 1, isPrimary: true, button: 0, bubbles: true, clientX: left + x * width, clientY: top + y * height }));
        picture.setPointerCapture = () => {};
        send('pointerdown', arguments[0]); send('pointermove', arguments[1]); send('pointerup', arguments[1])";
    studio.browser.run_with(script, vec![json!(from), json!(to)]).await;
}

async fn split(studio: &Studio) -> Value {
    studio.browser.run("return document.querySelector('#compare').valueAsNumber").await
}

#[tokio::test]
async fn a_result_is_looked_at_closely() {
    let studio = results::open().await;
    assert_eq!(studio.browser.run("return document.querySelector('#tools').hidden").await, json!(true), "there is nothing to look at yet");
    results::generate(&studio).await;
    results::compared(&studio).await;

    // Seen whole, the line between before and after is taken anywhere.
    drag(&studio, [0.8, 0.5], [0.3, 0.5]).await;
    assert_eq!(split(&studio).await, json!(30));
    assert_eq!(view(&studio).await, (1.0, 0.0, 0.0));

    // Nearer, about the middle; then the picture is moved, and the line only where it is.
    studio.browser.click("#zoom-in").await;
    studio.browser.click("#zoom-in").await;
    let (zoom, x, y) = view(&studio).await;
    assert!(zoom > 1.5, "{zoom}");
    let middle = (1.0 - zoom) / 2.0;
    assert!((x - middle).abs() < 1e-3 && (y - middle).abs() < 1e-3, "the middle stays: {x}, {y}");
    drag(&studio, [0.8, 0.5], [0.9, 0.6]).await;
    let (_, moved_x, moved_y) = view(&studio).await;
    assert!((moved_x - x - 0.1).abs() < 1e-3 && (moved_y - y - 0.1).abs() < 1e-3, "it follows the pointer: {moved_x}, {moved_y}");
    assert_eq!(split(&studio).await, json!(30));
    drag(&studio, [0.3, 0.5], [0.6, 0.5]).await;
    assert_eq!(split(&studio).await, json!(60));
    screenshots::save(&studio.browser, "zoomed").await;

    // By keyboard, and never beyond the border.
    let press = "const stage = document.querySelector('#stage'); stage.focus();
        for (let times = 0; times < 40; times++) stage.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[0], bubbles: true, cancelable: true }));
        return document.activeElement === stage";
    assert_eq!(studio.browser.run_with(press, vec![json!("ArrowLeft")]).await, json!(true), "the picture takes focus while it is zoomed");
    let (_, left, _) = view(&studio).await;
    assert!(left.abs() < 1e-9, "its border: {left}");
    studio.browser.run_with(press, vec![json!("0")]).await;
    let (zoom, ..) = view(&studio).await;
    assert!((zoom - 1.0).abs() < 1e-9, "the whole picture again: {zoom}");

    // The photo for as long as the button is held.
    let held =
        "const hold = document.querySelector('#hold'); const seen = () => getComputedStyle(document.querySelector('.uncovered')).clipPath;
        hold.dispatchEvent(new PointerEvent('pointerdown')); const during = seen(); hold.dispatchEvent(new PointerEvent('pointerup'));
        return [during, seen() === during]";
    assert_eq!(studio.browser.run(held).await, json!(["none", false]));

    // Nine copies, each the picture itself.
    studio.browser.click("#tiled").await;
    let copies = "const [stage, tiles] = ['#stage', '#tiles'].map((css) => document.querySelector(css));
        const at = (canvas, x, y) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].join();
        const { width, height } = stage;
        return [tiles.hidden, tiles.width === 3 * width && tiles.height === 3 * height,
            [0, 1, 2].every((row) => [0, 1, 2].every((column) => at(tiles, column * width + 5, row * height + 7) === at(stage, 5, 7)))]";
    assert_eq!(studio.browser.run(copies).await, json!([false, true, true]));
    screenshots::save(&studio.browser, "tiled").await;
    studio.browser.click("#tiled").await;
    assert_eq!(studio.browser.console_errors().await, [""; 0]);
}
