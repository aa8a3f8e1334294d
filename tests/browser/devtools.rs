//! Chromium by its DevTools protocol, as far as the tests need it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// What the browser did and said while a page was open.
#[derive(Debug, Default)]
pub struct Seen {
    /// Addresses that were asked for, the page's own first.
    pub requests: Vec<String>,
    /// Messages of the console, and errors.
    pub messages: Vec<String>,
}

/// A running browser with one tab.
pub struct Browser {
    child: Child,
    socket: TcpStream,
    session: String,
    last_id: u64,
    seen: Seen,
    loaded: bool,
    _profile: TempDir,
}

const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
const PATIENCE: Duration = Duration::from_secs(60);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Browser {
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let child = PROGRAMS
            .iter()
            .find_map(|program| {
                Command::new(program)
                    .args([
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--disable-dev-shm-usage",
                        "--remote-debugging-port=0",
                    ])
                    .arg(format!("--user-data-dir={}", profile.path().display()))
                    .arg("about:blank")
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .ok()
            })
            .expect("Chromium is installed");
        // The browser says in a file where it listens.
        let file = profile.path().join("DevToolsActivePort");
        let begun = Instant::now();
        let (port, path) = loop {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            if let Some((port, path)) = text.split_once('\n')
                && path.starts_with("/devtools/")
            {
                break (port.to_string(), path.trim().to_string());
            }
            assert!(begun.elapsed() < PATIENCE, "Chromium does not start");
            std::thread::sleep(Duration::from_millis(50));
        };
        let socket = handshake(&port, &path);
        let mut browser = Browser {
            child,
            socket,
            session: String::new(),
            last_id: 0,
            seen: Seen::default(),
            loaded: false,
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = browser.call(
            "Target.attachToTarget",
            json!({ "targetId": target["targetId"], "flatten": true }),
        );
        browser.session = attached["sessionId"].as_str().expect("a session").into();
        for domain in ["Page", "Network", "Log", "Runtime"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Opens an address, waits until it is loaded and a moment longer.
    pub fn open(&mut self, address: &str) -> Seen {
        self.seen = Seen::default();
        self.loaded = false;
        self.call("Page.navigate", json!({ "url": address }));
        let begun = Instant::now();
        while !self.loaded {
            assert!(begun.elapsed() < PATIENCE, "{address} is not loaded");
            let message = self.receive();
            self.note(&message);
        }
        // What comes late comes before the answer to this.
        std::thread::sleep(Duration::from_millis(200));
        self.evaluate("1");
        std::mem::take(&mut self.seen)
    }

    /// The value of an expression on the page.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let result = self.call(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true }),
        );
        assert!(result.get("exceptionDetails").is_none(), "{result}");
        result["result"]["value"].clone()
    }

    pub fn resize(&mut self, width: u64) {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500 }),
        );
    }

    pub fn prefer(&mut self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        );
    }

    pub fn press_tab(&mut self) {
        for kind in ["keyDown", "keyUp"] {
            self.call(
                "Input.dispatchKeyEvent",
                json!({ "type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9 }),
            );
        }
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        send(&mut self.socket, &message.to_string());
        loop {
            let answer = self.receive();
            if answer["id"] == id {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.note(&answer);
        }
    }

    fn note(&mut self, event: &Value) {
        let parameters = &event["params"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        match event["method"].as_str() {
            Some("Page.loadEventFired") => self.loaded = true,
            Some("Network.requestWillBeSent") => {
                let url = text(&parameters["request"]["url"]);
                if !url.starts_with("data:") && url != "about:blank" {
                    self.seen.requests.push(url);
                }
            }
            Some("Log.entryAdded") => {
                self.seen.messages.push(text(&parameters["entry"]["text"]));
            }
            Some("Runtime.consoleAPICalled" | "Runtime.exceptionThrown") => {
                self.seen.messages.push(parameters.to_string());
            }
            _ => {}
        }
    }

    fn receive(&mut self) -> Value {
        let text = receive(&mut self.socket);
        serde_json::from_str(&text).expect("JSON")
    }
}

/// Opens a WebSocket (RFC 6455).
fn handshake(port: &str, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(format!("127.0.0.1:{port}")).expect("Chromium listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).expect("an answer");
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    socket
}

/// Sends a text in one frame, masked with zeros.
fn send(socket: &mut TcpStream, text: &str) {
    let mut frame = vec![0x81];
    match text.len() {
        n @ 0..126 => frame.push(0x80 | n as u8),
        n => {
            frame.push(0x80 | 127);
            frame.extend((n as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    socket.write_all(&frame).expect("sent");
}

/// The next text, of however many frames.
fn receive(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut head = [0; 2];
        socket.read_exact(&mut head).expect("a frame");
        let length = match head[1] & 0x7f {
            126 => {
                let mut bytes = [0; 2];
                socket.read_exact(&mut bytes).expect("a length");
                u64::from(u16::from_be_bytes(bytes))
            }
            127 => {
                let mut bytes = [0; 8];
                socket.read_exact(&mut bytes).expect("a length");
                u64::from_be_bytes(bytes)
            }
            n => u64::from(n),
        };
        let mut part = vec![0; length as usize];
        socket.read_exact(&mut part).expect("a text");
        // Continuations and texts; pings and the like are passed over.
        if matches!(head[0] & 0x0f, 0 | 1) {
            text.extend(part);
            if head[0] & 0x80 != 0 {
                return String::from_utf8(text).expect("UTF-8");
            }
        }
    }
}
