//! A WebSocket (RFC 6455) from this side, as far as one trusted program on this machine needs it: text both ways, no extensions. The crates for
//! it would switch on features that burn's dependencies share, and have burn compiled anew for a few lines.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
/// Set on the last frame of a message, and on what a client masks.
const FLAG: u8 = 0x80;

/// In place of a length: it does not fit there, and follows in so many bytes.
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;
/// A client has to mask what it sends, against proxies that take it for something else. There is none here, but Firefox refuses zeros.
const MASK: [u8; 4] = [1, 2, 3, 4];

/// An open connection.
#[derive(Debug)]
pub struct WebSocket(TcpStream);

impl WebSocket {
    /// Connects to `ws://host:port/…`.
    pub async fn connect(address: &str) -> Self {
        let rest = address.strip_prefix("ws://").expect("a plain WebSocket");
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let mut stream = TcpStream::connect(host).await.unwrap();
        let hello = format!(
            "GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(hello.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        Self(stream)
    }

    /// Sends a message.
    pub async fn send(&mut self, text: &str) {
        self.frame(TEXT, text.as_bytes()).await;
    }

    /// Waits for the next message.
    pub async fn receive(&mut self) -> String {
        let mut message = Vec::new();
        loop {
            let (first, second) = (self.0.read_u8().await.unwrap(), self.0.read_u8().await.unwrap());
            let length = match second & !FLAG {
                TWO_BYTES => u64::from(self.0.read_u16().await.unwrap()),
                EIGHT_BYTES => self.0.read_u64().await.unwrap(),
                short => u64::from(short),
            };
            let mut bytes = vec![0; usize::try_from(length).unwrap()];
            self.0.read_exact(&mut bytes).await.unwrap();
            match first & 0x0f {
                PING => self.frame(PONG, &bytes).await,
                CLOSE => panic!("the other side has closed the connection"),
                PONG => {}
                _ => {
                    message.extend(bytes);
                    if first & FLAG != 0 {
                        return String::from_utf8(message).unwrap();
                    }
                }
            }
        }
    }

    async fn frame(&mut self, kind: u8, bytes: &[u8]) {
        let mut frame = vec![FLAG | kind];
        match bytes.len() {
            short @ ..126 => frame.push(FLAG | u8::try_from(short).unwrap()),
            length @ ..65_536 => {
                frame.push(FLAG | TWO_BYTES);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            length => {
                frame.push(FLAG | EIGHT_BYTES);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend(MASK);
        frame.extend(bytes.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        self.0.write_all(&frame).await.unwrap();
    }
}
