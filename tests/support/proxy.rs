//! A tcp port that leads to an engine's unix socket, as a network does: it can stall, and it can drop.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex};

/// What all connections share.
#[derive(Default)]
struct Line {
    stalled: Mutex<bool>,
    moved: Condvar,
    open: Mutex<Vec<TcpStream>>,
}

/// The way to an engine; its threads end with the test program.
pub struct Proxy {
    /// `tcp://127.0.0.1:port`.
    pub host: String,
    line: Arc<Line>,
}

impl Proxy {
    /// A way to the engine at `socket`.
    #[track_caller]
    pub fn to(socket: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("tcp://{}", listener.local_addr().unwrap());
        let line = Arc::new(Line::default());
        let (shared, socket) = (Arc::clone(&line), socket.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (shared, socket) = (Arc::clone(&shared), socket.clone());
                std::thread::spawn(move || pass(client, &socket, &shared));
            }
        });
        Self { host, line }
    }

    /// Nothing passes any more, and nobody is told.
    pub fn stall(&self) {
        *self.line.stalled.lock().unwrap() = true;
    }

    /// Everything passes again.
    pub fn resume(&self) {
        *self.line.stalled.lock().unwrap() = false;
        self.line.moved.notify_all();
    }

    /// Ends every connection there is.
    pub fn cut(&self) {
        for stream in self.line.open.lock().unwrap().drain(..) {
            // It may have ended by itself.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn pass(client: TcpStream, socket: &str, line: &Arc<Line>) {
    line.open.lock().unwrap().push(client.try_clone().unwrap());
    line.wait();
    let server = UnixStream::connect(socket).unwrap();
    let (from, to, shared) = (
        server.try_clone().unwrap(),
        client.try_clone().unwrap(),
        Arc::clone(line),
    );
    let back = std::thread::spawn(move || {
        shared.copy(from, &to);
        let _ = to.shutdown(Shutdown::Write);
    });
    line.copy(client, &server);
    let _ = server.shutdown(Shutdown::Write);
    back.join().unwrap();
}

impl Line {
    fn wait(&self) {
        let stalled = self.stalled.lock().unwrap();
        drop(self.moved.wait_while(stalled, |stalled| *stalled).unwrap());
    }

    fn copy(&self, mut from: impl Read, mut to: impl Write) {
        let mut chunk = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            self.wait();
            if to.write_all(&chunk[..count]).is_err() {
                return;
            }
        }
    }
}
