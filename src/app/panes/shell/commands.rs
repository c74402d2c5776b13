//! The commands that the shell marked: jumping between prompts, marking what a command printed.

use super::Shell;
use crate::domain::command::Ran;
use crate::term::{Command, LineNo};

/// Lines that stay above a prompt that was jumped to.
const ABOVE: u64 = 1;

impl Shell {
    /// Brings the prompt before the view into it, or the one after the view's first; false when there is
    /// none, as where the shell does not mark its prompts.
    pub fn jump_prompt(&mut self, back: bool) -> bool {
        let Some(line) = self.prompt_from(self.reference(), back) else {
            return false;
        };
        self.terminal
            .scroll_to(LineNo(line.0.saturating_sub(ABOVE)));
        self.jumped = Some(line);
        true
    }

    /// The nearest prompt before or after a line.
    fn prompt_from(&self, here: LineNo, back: bool) -> Option<LineNo> {
        let mut prompts = self.terminal.commands().map(|command| command.prompt);
        if back {
            prompts.rfind(|line| *line < here)
        } else {
            prompts.find(|line| *line > here)
        }
    }

    /// The commands that ended since the last call.
    pub fn take_ran(&mut self) -> Vec<Ran> {
        self.terminal.take_ran()
    }

    /// The command that runs now, as far as the shell's marks tell.
    pub fn runs_now(&self) -> Option<&str> {
        let last = self.terminal.commands().next_back()?;
        let runs = last.output.is_some() && last.end.is_none();
        last.text.as_deref().filter(|_| runs)
    }

    /// Whether any prompt is known.
    pub fn has_prompts(&self) -> bool {
        self.terminal.commands().next().is_some()
    }

    /// The prompt at which the shell waits for a command.
    fn waiting_prompt(&self) -> Option<LineNo> {
        let last = self.terminal.commands().next_back()?;
        last.output.is_none().then_some(last.prompt)
    }

    /// The line from which a jump goes: the prompt of the last jump while it is in view, else where the
    /// program writes.
    fn reference(&self) -> LineNo {
        let top = self.terminal.view_top();
        let rows = u64::from(self.terminal.size().rows.get());
        let bottom = LineNo(top.0 + rows);
        let seen = self.jumped.filter(|line| *line >= top && *line < bottom);
        match seen {
            Some(line) => line,
            None if self.terminal.scrolled().0 == 0 => self.waiting_prompt().unwrap_or(bottom),
            None => top,
        }
    }

    /// Marks what a command printed: of the prompt that was jumped to, else of the last one that printed
    /// something. False when no command is known.
    pub fn select_output(&mut self) -> bool {
        let jumped = self.jumped.filter(|_| self.terminal.scrolled().0 > 0);
        let Some((from, to)) = self.printed(jumped) else {
            return false;
        };
        self.terminal.select_lines(from, to);
        true
    }

    /// The lines that the first command at or after `prompt` printed, else the last command of all.
    fn printed(&self, prompt: Option<LineNo>) -> Option<(LineNo, LineNo)> {
        let mut commands = self.terminal.commands();
        match prompt {
            Some(line) => commands.find_map(|c| output(c).filter(|_| c.prompt >= line)),
            None => commands.rev().find_map(output),
        }
    }
}

/// The first and last line of what a command printed; none when it printed nothing or still runs.
fn output(command: &Command) -> Option<(LineNo, LineNo)> {
    let (from, end) = (command.output?, command.end?);
    let last = LineNo(end.0.checked_sub(1)?);
    (last >= from).then_some((from, last))
}
