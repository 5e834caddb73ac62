"""Rows of an order file: one line of one order each, in a CSV with a header."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _

from members.identity.rules import Claim
from members.orders.errors import OrderRefused
from members.orders.facts import LineFacts, OrderFacts, RefundFacts
from members.people.rules import Profile
from scrm.core import clock
from scrm.core.money import fen_from_yuan

# What a column may be called.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("external_id", "order_id", "订单号"),
    "channel": ("channel", "渠道"),
    "business_account": ("business_account", "会员账号"),
    "external_userid": ("external_userid", "外部联系人ID"),
    "corp_id": ("corp_id", "企业ID"),
    "unionid": ("unionid", "UnionID"),
    "phone": ("phone", "手机号"),
    "email": ("email", "邮箱"),
    "name": ("name", "姓名", "昵称"),
    "gender": ("gender", "性别"),
    "city": ("city", "城市"),
    "placed_at": ("placed_at", "下单时间"),
    "paid_at": ("paid_at", "支付时间"),
    "completed_at": ("completed_at", "完成时间"),
    "cancelled_at": ("cancelled_at", "取消时间"),
    "line_id": ("line_id", "子订单号"),
    "sku": ("sku", "SKU"),
    "product": ("product", "商品"),
    "category": ("category", "类目"),
    "qty": ("qty", "数量"),
    "subtotal": ("subtotal", "金额"),
    "discount": ("discount", "优惠"),
    "offset": ("offset", "积分抵扣"),
    "shipping": ("shipping", "运费"),
    "refund_id": ("refund_id", "退款单号"),
    "refunded_at": ("refunded_at", "退款时间"),
    "refund": ("refund", "退款金额"),
}
# What people read in the pickers; the Chinese alias is also what the template file says.
LABELS = {
    "external_id": _("订单号"),
    "channel": _("渠道"),
    "business_account": _("会员账号"),
    "external_userid": _("外部联系人ID"),
    "corp_id": _("企业ID"),
    "unionid": _("UnionID"),
    "phone": _("手机号"),
    "email": _("邮箱"),
    "name": _("姓名"),
    "gender": _("性别"),
    "city": _("城市"),
    "placed_at": _("下单时间"),
    "paid_at": _("支付时间"),
    "completed_at": _("完成时间"),
    "cancelled_at": _("取消时间"),
    "line_id": _("子订单号"),
    "sku": _("SKU"),
    "product": _("商品"),
    "category": _("类目"),
    "qty": _("数量"),
    "subtotal": _("金额"),
    "discount": _("优惠"),
    "offset": _("积分抵扣"),
    "shipping": _("运费"),
    "refund_id": _("退款单号"),
    "refunded_at": _("退款时间"),
    "refund": _("退款金额"),
}
REQUIRED = ("external_id", "subtotal")
# A row states at least one moment.
ONE_OF = ("placed_at", "paid_at", "completed_at", "cancelled_at", "refunded_at")
_CLAIMS = ("business_account", "unionid", "phone", "email")
_GENDERS = {"男": "male", "male": "male", "女": "female", "female": "female"}


def row_read(values: Mapping[str, str], *, channel: str, zone: str) -> OrderFacts:
    """The facts of one row. Money is yuan with two decimals; times without an offset are the brand's."""
    line_id = values.get("line_id") or "1"
    claims = [Claim(kind, values[kind]) for kind in _CLAIMS if values.get(kind)]
    if values.get("external_userid"):
        claims.append(
            Claim("external_userid", values["external_userid"], values.get("corp_id", ""))
        )
    return OrderFacts(
        channel=values.get("channel") or channel,
        external_id=values.get("external_id", ""),
        claims=tuple(claims),
        profile=Profile(
            display_name=values.get("name", ""),
            gender=_GENDERS.get(values.get("gender", ""), ""),
            city=values.get("city", ""),
        ),
        placed_at=_moment(values, "placed_at", zone),
        paid_at=_moment(values, "paid_at", zone),
        completed_at=_moment(values, "completed_at", zone),
        cancelled_at=_moment(values, "cancelled_at", zone),
        shipping_fen=_fen(values, "shipping"),
        lines=(
            LineFacts(
                external_id=line_id,
                sku=values.get("sku", ""),
                name=values.get("product", ""),
                category=values.get("category", ""),
                qty=_count(values, "qty"),
                subtotal_fen=_fen(values, "subtotal"),
                discount_fen=_fen(values, "discount"),
                offset_fen=_fen(values, "offset"),
            ),
        ),
        refunds=_refunds(values, line_id, zone),
    )


def _refunds(values: Mapping[str, str], line_id: str, zone: str) -> tuple[RefundFacts, ...]:
    amount, at = _fen(values, "refund"), _moment(values, "refunded_at", zone)
    if not amount:
        return ()
    if at is None:
        raise OrderRefused(_plain("退款需要时间"), pointer="/refunded_at")
    refund_id = values.get("refund_id") or f"{values.get('external_id', '')}-{line_id}"
    return (RefundFacts(external_id=refund_id, occurred_at=at, amounts={line_id: amount}),)


def _fen(values: Mapping[str, str], column: str) -> int:
    text = values.get(column, "").replace(",", "").removeprefix("¥")
    if not text:
        return 0
    try:
        return fen_from_yuan(text)
    except ValueError as error:
        raise OrderRefused(_plain("不是以元为单位的金额"), pointer=f"/{column}") from error


def _count(values: Mapping[str, str], column: str) -> int:
    text = values.get(column) or "1"
    if not (text.isascii() and text.isdecimal()):
        raise OrderRefused(_plain("不是整数"), pointer=f"/{column}")
    return int(text)


def _moment(values: Mapping[str, str], column: str, zone: str) -> datetime | None:
    text = values.get(column, "")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            # A bare day stands for its noon: no change of clocks and no zone can move it to another day.
            is_day = len(text) == len(date.min.isoformat())
            at = at.replace(tzinfo=clock.zone_info(zone), hour=12 if is_day else at.hour)
        return at.astimezone(UTC)
    except (
        ValueError,
        OverflowError,
    ) as error:  # 0001-01-01 00:00:00 stands for "never" in some exports
        raise OrderRefused(
            _plain("不是时间，应写作 2026-01-31 09:30"), pointer=f"/{column}"
        ) from error
