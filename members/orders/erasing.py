"""Orders stay, under the member's key: they are the brand's books, and hold no word of the person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from members.orders.models import MemberRollup, Order, OrderLine, Refund, RefundLine, RollupDay
from scrm.core.persons import Person, exporter_register, kept_register
from scrm.tenants.wording import label_of


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    rows = Order.objects.filter(member_id__in=person.member_ids).order_by("pk")
    for order in rows.prefetch_related("lines").iterator(chunk_size=500):
        yield {
            "id": order.public_id,
            "channel": order.channel,
            "external_id": order.external_id,
            "placed_at": order.placed_at,
            "paid_at": order.paid_at,
            "completed_at": order.completed_at,
            "cancelled_at": order.cancelled_at,
            "net_fen": order.net_fen,
            "lines": [
                {"sku": line.sku, "name": line.name, "qty": line.qty, "paid_fen": line.paid_fen}
                for line in order.lines.all()
            ],
        }


exporter_register("orders", order=30, label=_("订单"), export=_export)
kept_register(
    *(label_of(each) for each in (Order, OrderLine, Refund, RefundLine, MemberRollup, RollupDay)),
    why="the brand's books: goods and money under the member's key and the shop's own order number",
)
