//! Directories, with the names of owners and what brought their files.

use std::collections::BTreeSet;

use super::tree::Source;
use super::{Browser, Case, unless_cancelled};
use crate::domain::accounts;
use crate::domain::compare::Lists;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::files::{Answer, Entry, Kind, Listing, Root, owned::Owned};
use crate::ops::resolve::contents;

/// Most bytes of the lists of a package database.
const LISTS_MOST: usize = 64 << 20;

impl Browser {
    /// What stands in a directory, owners by name, and packages; or that the path leads to a file.
    pub(super) async fn list(&mut self, case: Case<'_>, root: Root, dir: &str) -> Result<Answer> {
        let (dir, entry) = self.resolve(case, root, dir).await?;
        if let Some(entry) = entry.filter(|entry| entry.kind != Kind::Dir) {
            return Ok(Answer::IsFile(dir, entry));
        }
        let mut listing = if self.by_shell(case, root).await? {
            let base = self.base(root);
            let shell = self.shell(case).await?;
            let listed = unless_cancelled(case.cancel, shell.list(&base, &dir)).await;
            let (entries, cut) = self.checked(case, listed).await?;
            Listing {
                entries,
                cut,
                ..Listing::default()
            }
        } else {
            self.tree(case, root).await?.list(&dir)?
        };
        listing.dir = dir;
        listing.sort();
        self.name(case, root, &mut listing).await?;
        self.package(case, root, &mut listing).await?;
        Ok(Answer::Listed(listing))
    }

    /// Names the owners by that root's own files.
    async fn name(&mut self, case: Case<'_>, root: Root, listing: &mut Listing) -> Result<()> {
        if !self.accounts.contains_key(&root) {
            let passwd = self.text(case, root, "/etc/passwd").await?;
            let group = self.text(case, root, "/etc/group").await?;
            self.accounts.insert(root, (passwd, group));
        }
        let Some((passwd, group)) = self.accounts.get(&root) else {
            return Ok(());
        };
        let uids: BTreeSet<u32> = listing.entries.iter().map(|e| e.uid).collect();
        let gids: BTreeSet<u32> = listing.entries.iter().map(|e| e.gid).collect();
        let user = |uid| Some((uid, accounts::user_by_id(passwd, uid)?.name));
        let named = |gid| Some((gid, accounts::group_by_id(group, gid)?.name));
        listing.users = uids.into_iter().filter_map(user).collect();
        listing.groups = gids.into_iter().filter_map(named).collect();
        Ok(())
    }

    /// Tells which package brought what.
    async fn package(&mut self, case: Case<'_>, root: Root, listing: &mut Listing) -> Result<()> {
        if !self.owned.contains_key(&root) {
            let owned = self.databases(case, root).await?;
            self.owned.insert(root, owned);
        }
        if let Some(Some(owned)) = self.owned.get(&root) {
            let of = |entry: &Entry| {
                let path = crate::domain::files::within(&listing.dir, &entry.name);
                Some((entry.name.clone(), owned.package(&path)?.to_owned()))
            };
            listing.packages = Some(listing.entries.iter().filter_map(of).collect());
        }
        Ok(())
    }

    /// Who brought what in a root, by the engine: an archive has the database, another one the lists beside it. None where no
    /// database tells.
    async fn databases(&mut self, case: Case<'_>, root: Root) -> Result<Option<Owned>> {
        let id = self.container(case, root).await?;
        let read = async {
            let Some(mut database) = contents::database(case.engine, &id).await? else {
                return Ok(None);
            };
            let mut lists = Lists::of(Some(&database));
            if let Some((dir, end)) = lists.dir() {
                let source = Source {
                    engine: case.engine,
                    id: &id,
                };
                for (name, list) in source.files(&dir, &end, LISTS_MOST).await? {
                    lists.add(&name, list);
                }
                lists.note(&mut database);
            }
            Ok(Some(Owned::of(&database)))
        };
        match unless_cancelled(case.cancel, read).await {
            Ok(owned) => Ok(owned),
            Err(error) if error.kind == ErrorKind::Engine => {
                tracing::debug!(%error, "who brought what is not known");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
