//! The built site in a real browser, driven as a visitor would drive it.
//!
//! `cargo xtask test e2e` builds the site, tells these tests where it is (`ATELIER_DIST`) and runs them. Each test has a browser and a
//! server of its own, and they take turns: a browser that shares its processor with another one proves nothing about time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "measured figures are for whoever reads the test's output")]

mod accessibility;
mod arrival;
mod backends;
mod bad_host;
mod bad_pictures;
mod batch;
mod bench;
mod bidi;
mod browser;
mod controls;
mod drops;
mod engines;
mod error_classes;
mod how;
mod icons;
mod injections;
mod journey;
mod keyboard;
mod languages;
mod large;
mod looking;
mod measure;
mod netlog;
mod offline;
mod package;
mod pictures;
mod preferences;
mod presets;
mod program;
mod recovery;
mod release;
mod results;
mod samples;
mod screenshots;
mod server;
mod snapshots;
mod soak;
mod storage;
mod studio;
mod texture;
mod training;
mod vgg19;
mod websocket;
mod words;
mod zip;
