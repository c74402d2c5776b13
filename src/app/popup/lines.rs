//! How long the texts in popups are that scroll.

use super::Popup;
use crate::app::{Model, help, tryout};

/// Lines of a popup that scrolls, at most.
pub(in crate::app) fn lines(model: &Model) -> usize {
    match model.popups.last() {
        Some(Popup::Help(_)) => {
            let settings = &model.settings;
            help::lines(&settings.keymap, settings.leader, model.focus()).len()
        }
        Some(Popup::Shared(_)) => {
            crate::app::joined::shared(model, model.laid.popup.width.into()).len()
        }
        Some(Popup::Alike(_)) => {
            crate::app::alike_lines(model, model.laid.popup.width.into()).len()
        }
        Some(Popup::Triage(_)) => {
            crate::app::triage_lines(model, model.laid.popup.width.into()).len()
        }
        Some(Popup::Certificate(_)) => {
            let columns = model.laid.popup.width.into();
            let learn = model.learn.as_ref();
            learn.map_or(0, |learn| {
                crate::app::learn::certificate(learn, columns).len()
            })
        }
        Some(Popup::Equivalent(_)) => {
            let command = model.equivalent().unwrap_or_default();
            crate::app::text::wrap(
                &crate::app::text::clean(&command),
                model.laid.popup.width.into(),
            )
            .len()
        }
        Some(Popup::Change(confirm)) => {
            crate::app::confirm_lines(model, confirm, model.laid.popup.width.into()).len()
        }
        Some(Popup::Try(popup)) => {
            let columns = model.laid.popup.width.into();
            let joined = model.joined.as_ref();
            joined.map_or(0, |joined| tryout::text(joined, popup, columns).len())
        }
        Some(Popup::Replica(popup)) => {
            let columns = model.laid.popup.width.into();
            crate::app::replica_popup::text(model, popup, columns).len()
        }
        Some(
            Popup::Palette(_)
            | Popup::Installed(..)
            | Popup::Toolkits(_)
            | Popup::Others(_)
            | Popup::Images(_)
            | Popup::Mend
            | Popup::Leaving(_)
            | Popup::Commands(_)
            | Popup::Save(_)
            | Popup::Link(..)
            | Popup::Closing(..)
            | Popup::RunInTarget(_)
            | Popup::Consent(..)
            | Popup::Lesson(..)
            | Popup::Signal(..),
        )
        | None => 0,
    }
}
