//! What the twin's package manager knows, and how far the question is.

use crate::app::TaskId;
use crate::app::text::clean;
use crate::domain::error::{Error, Result};
use crate::domain::packages::{Installed, News, Stock, Told};

/// What the manager knows.
#[derive(Debug, Default)]
pub struct Shelf {
    stock: Option<Box<Stock>>,
    error: Option<Error>,
    asked: Option<Asked>,
    /// Something may have been installed past us.
    stale: bool,
}

/// A question on its way.
#[derive(Debug)]
struct Asked {
    task: TaskId,
    refresh: bool,
    /// What is being fetched, clean.
    fetching: Option<String>,
    lines: usize,
}

impl Shelf {
    /// What can be had and what is there; none while nothing is known.
    pub fn stock(&self) -> Option<&Stock> {
        self.stock.as_deref()
    }

    /// Why nothing is known.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Whether the manager is being asked.
    pub fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// The number of the question on its way.
    pub fn task(&self) -> Option<TaskId> {
        self.asked.as_ref().map(|asked| asked.task)
    }

    /// Whether the manager is to be asked when the pane comes into sight.
    pub fn wants_asking(&self) -> bool {
        self.asked.is_none() && self.error.is_none() && (self.stock.is_none() || self.stale)
    }

    /// What is known may be of the past.
    pub fn age(&mut self) {
        self.stale = true;
    }

    /// The manager is asked under that number; the number of a question that this one replaces.
    pub fn ask(&mut self, task: TaskId, refresh: bool) -> Option<TaskId> {
        self.stale = false;
        self.error = None;
        let asked = Asked {
            task,
            refresh,
            fetching: None,
            lines: 0,
        };
        self.asked.replace(asked).map(|before| before.task)
    }

    /// Something is told of the question; false when nobody waits for it.
    pub fn told(&mut self, task: TaskId, news: &News) -> bool {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.task == task) else {
            return false;
        };
        match news {
            News::Line(..) => asked.lines += 1,
            News::Told(Told::Fetching(what)) => asked.fetching = Some(clean(what)),
            News::Told(Told::Step(_) | Told::Part { .. } | Told::Waiting | Told::Script(_)) => {}
        }
        true
    }

    /// The answer came. A failure is handed back where an older answer stands.
    pub fn came(&mut self, task: TaskId, result: Result<Box<Stock>>) -> Came {
        let Some(asked) = self.asked.take_if(|asked| asked.task == task) else {
            return Came::Late;
        };
        let again = asked.refresh && self.stock.is_some();
        match result {
            Ok(stock) => {
                self.stock = Some(stock);
                Came::Well { again }
            }
            Err(error) if self.stock.is_some() => Came::Failed(error),
            Err(error) => {
                self.error = Some(error);
                Came::Well { again }
            }
        }
    }

    /// What is installed has changed.
    pub fn changed(&mut self, installed: Installed) {
        if let Some(stock) = &mut self.stock {
            stock.installed = installed;
        }
    }

    /// What is being done, in words; none while the manager is not asked.
    pub fn doing(&self) -> Option<String> {
        let asked = self.asked.as_ref()?;
        let manager = self
            .stock()
            .map_or("the package manager", |s| s.manager.id());
        let what = match (&asked.fetching, asked.refresh) {
            (Some(what), _) => format!("fetching {what}"),
            (None, true) => "fetching the indexes".to_owned(),
            (None, false) => format!("asking {manager} what can be had"),
        };
        Some(match asked.lines {
            0 => format!("{what} …"),
            1 => format!("{what} … 1 line so far"),
            n => format!("{what} … {n} lines so far"),
        })
    }
}

/// What came of a question.
#[derive(Debug)]
pub enum Came {
    /// It told all that there is to tell.
    Well {
        /// The indexes were fetched although there were some: a person waits for a word.
        again: bool,
    },
    /// It failed; what was known before stands.
    Failed(Error),
    /// Nobody waits for it.
    Late,
}
