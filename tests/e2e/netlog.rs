//! Chromium's log of its network requests: the proof that none left the origin.

use std::path::Path;

use serde_json::Value;

/// A request that the browser began.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where to.
    pub url: String,
    /// The origin on whose behalf; not an origin where the browser asked for itself.
    initiator: String,
    /// The sites whose connections and cache entries it may share: here for what a page's worker or a navigation asks.
    site: String,
}

impl Request {
    /// Whether a page of `origin`, or its worker, is behind the request, rather than the browser's own services.
    pub fn is_from(&self, origin: &str) -> bool {
        let host = origin.rsplit_once(':').map_or(origin, |(host, _)| host);
        self.initiator == origin || self.site.split(' ').any(|site| site == host || site == origin)
    }
}

/// Reads a log. It has one event a line; a browser that was in a hurry leaves out the end.
pub fn read(path: &Path) -> Vec<Request> {
    let log = std::fs::read_to_string(path).unwrap();
    let mut lines = log.lines().map(|line| line.trim_end_matches(','));
    let constants = lines.next().and_then(|line| line.strip_prefix("{\"constants\":")).expect("a log begins with its constants");
    let constants: Value = serde_json::from_str(constants).unwrap();
    let start = &constants["logEventTypes"]["URL_REQUEST_START_JOB"];
    assert!(start.is_number(), "this Chromium logs requests under another name");
    let events = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let begun = events.filter(|event| event["type"] == *start && event["params"]["url"].is_string());
    let request = |event: Value| {
        let parameters = &event["params"];
        let text = |name: &str| parameters[name].as_str().unwrap_or_default().to_owned();
        Request { url: text("url"), initiator: text("initiator"), site: text("network_isolation_key") }
    };
    begun.map(request).collect()
}
