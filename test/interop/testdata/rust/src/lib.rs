//! The guest of this folder's tests by the Rust SDK. ../../doc.go says what it does.

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, RootContext, StreamContext};
use proxy_wasm::types::{Action, Bytes, ContextType, LogLevel, MetricType, PeerType, Status};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Root::default()) });
}}

/// What the contexts of a VM share.
#[derive(Default)]
struct Shared {
    queue: u32,
    counter: u32,
    gauge: u32,
    histogram: u32,
    dequeued: u32,
    ticks: u32,
    /// Streams whose bytes the next tick resumes.
    held: Vec<u32>,
}

#[derive(Default)]
struct Root {
    shared: Rc<RefCell<Shared>>,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_vm_start(&mut self, _: usize) -> bool {
        let mut s = self.shared.borrow_mut();
        s.counter = define(MetricType::Counter, "interop.counter");
        s.gauge = define(MetricType::Gauge, "interop.gauge");
        s.histogram = define(MetricType::Histogram, "interop.histogram");
        s.dequeued = define(MetricType::Counter, "interop.dequeued");
        s.ticks = define(MetricType::Counter, "interop.ticks");
        s.queue = self.register_shared_queue("interop");
        log::info!("vm={}", text(self.get_vm_configuration()));
        self.set_tick_period(Duration::from_millis(5));
        true
    }

    fn on_configure(&mut self, _: usize) -> bool {
        let configuration = text(self.get_plugin_configuration());
        log::info!("plugin={}", configuration);
        configuration != "refuse"
    }

    fn on_tick(&mut self) {
        let mut s = self.shared.borrow_mut();
        increment(s.ticks, 1);
        for id in s.held.drain(..) {
            hostcalls::set_effective_context(id).unwrap();
            hostcalls::resume_downstream().unwrap();
        }
    }

    fn on_queue_ready(&mut self, id: u32) {
        let s = self.shared.borrow();
        assert_eq!(id, s.queue);
        while let Some(item) = self.dequeue_shared_queue(id).unwrap() {
            increment(s.dequeued, item.len() as i64);
        }
    }

    fn create_stream_context(&self, id: u32) -> Option<Box<dyn StreamContext>> {
        Some(Box::new(Stream { id, shared: self.shared.clone() }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::StreamContext)
    }
}

struct Stream {
    id: u32,
    shared: Rc<RefCell<Shared>>,
}

impl Context for Stream {}

impl StreamContext for Stream {
    fn on_new_connection(&mut self) -> Action {
        count("interop.connections");
        Action::Continue
    }

    fn on_downstream_data(&mut self, size: usize, end: bool) -> Action {
        let data = text(self.get_downstream_data(0, size));
        match data.split(' ').next().unwrap() {
            "pause" if !end && !data.ends_with('.') => return Action::Pause,
            "hold" => {
                self.shared.borrow_mut().held.push(self.id);
                return Action::Pause;
            }
            "start" => self.set_downstream_data(0, 0, b"<"),
            "end" => self.set_downstream_data(size, 0, b">"),
            "middle" => {
                if let Some(at) = data.find('#') {
                    self.set_downstream_data(at, 1, b"[middle]")
                }
            }
            "replace" => self.set_downstream_data(0, size, b"replaced"),
            "shared" => self.set_downstream_data(0, size, self.share().as_bytes()),
            "queue" => self
                .enqueue_shared_queue(self.shared.borrow().queue, Some(data.as_bytes()))
                .unwrap(),
            "metrics" => self.set_downstream_data(0, size, self.measure(size).as_bytes()),
            "property" => {
                let address = text(self.get_property(vec!["source", "address"]));
                self.set_downstream_data(0, size, address.as_bytes())
            }
            "close" => self.close_downstream(),
            _ => {}
        }
        Action::Continue
    }

    fn on_upstream_data(&mut self, size: usize, _: bool) -> Action {
        let data = text(self.get_upstream_data(0, size)).to_uppercase();
        self.set_upstream_data(0, size, data.as_bytes());
        Action::Continue
    }

    fn on_downstream_close(&mut self, peer: PeerType) {
        count(&format!("interop.downstream.{}", peer as u32));
    }

    fn on_upstream_close(&mut self, peer: PeerType) {
        count(&format!("interop.upstream.{}", peer as u32));
    }

    fn on_log(&mut self) {
        count("interop.done");
    }
}

impl Stream {
    /// Adds one to a number that all VMs share, then tries to with the CAS value of before.
    fn share(&self) -> String {
        let (old, cas) = self.get_shared_data("n");
        let n = old.map_or(0, |b| text(Some(b)).parse::<u32>().unwrap()) + 1;
        let value = n.to_string();
        self.set_shared_data("n", Some(value.as_bytes()), cas).unwrap();
        let (_, cas) = self.get_shared_data("n");
        self.set_shared_data("n", Some(value.as_bytes()), cas).unwrap();
        match self.set_shared_data("n", Some(b"0"), cas) {
            Err(Status::CasMismatch) => format!("n={} mismatch", n),
            other => format!("n={} {:?}", n, other),
        }
    }

    fn measure(&self, size: usize) -> String {
        let s = self.shared.borrow();
        increment(s.counter, 2);
        increment(s.gauge, 5);
        increment(s.gauge, -3);
        hostcalls::record_metric(s.histogram, size as u64).unwrap();
        let value = |id| hostcalls::get_metric(id).unwrap();
        format!("counter={} gauge={}", value(s.counter), value(s.gauge))
    }
}

fn define(kind: MetricType, name: &str) -> u32 {
    hostcalls::define_metric(kind, name).unwrap()
}

fn increment(id: u32, n: i64) {
    hostcalls::increment_metric(id, n).unwrap()
}

fn count(name: &str) {
    increment(define(MetricType::Counter, name), 1)
}

fn text(b: Option<Bytes>) -> String {
    String::from_utf8(b.unwrap_or_default()).unwrap()
}
