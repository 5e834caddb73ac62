"""A programme is the brand's; nobody is named in it."""

from __future__ import annotations

from members.programme.models import Programme
from scrm.core.persons import kept_register
from scrm.tenants.wording import label_of

kept_register(label_of(Programme), why="the brand's programme")
