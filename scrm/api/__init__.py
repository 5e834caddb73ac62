"""The REST kit. How a room offers an endpoint, in one page.

A room has ``api.py`` (views and routes) and ``serializers.py`` (shapes). ``api.py`` is imported when
URLs are built; permissions named here must be registered in the room's ``permissions.py``::

    from scrm.api.operations import Answer, operation
    from scrm.api.routes import route_register
    from scrm.api.views import ApiView

    class OrderList(ApiView):
        scope_read = "orders.view"      # GET; a permission name, checked against the key's scopes
        scope_write = "orders.edit"     # POST, PATCH, PUT, DELETE

        @operation("orders_list", "List orders, newest first.", answer=OrderOut, query=OrderQuery, is_list=True)
        def get(self) -> QuerySet[Order]:
            return order_list(**self.query)            # one selector call; the kit pages the query set

        @operation("order_create", "Take an order.", body=OrderIn, answer=OrderOut, status=201)
        def post(self) -> Order:
            return order_take(**self.body)             # one service call; the kit shows the result

    route_register("orders", OrderList, "orders")             # -> /api/v1/orders, no slash at the end
    route_register("orders/<str:public_id>", OrderDetail, "order")

* Every handler carries ``@operation``. ``self.body`` and ``self.query`` hold what the serializers let
  through; unknown fields and parameters are refused. Path values arrive as handler keywords;
  ``self.caller`` is the key.
* The handler returns the object (shown with ``answer``), a query set or list when ``is_list``, None when
  there is nothing to say (204), or ``Answer(value, status=200)`` to choose another status.
* It runs inside the tenant's scope, one transaction, ``acting_as("api_key")`` and, on POST, the
  ``Idempotency-Key``. ``is_atomic = False`` on the view leaves transactions to the service.
* Lists page by ``order=("-id",)``; give ``order=("-placed_at", "-id")`` for another one. It must end on
  the key and its columns must not be null. For rows that are not a query set return a plain list with
  ``is_list=True``: it is shown whole, ``has_more`` false.
* Refusals are ``DomainError`` subclasses with a stable code and a one-sentence docstring (it becomes
  docs/errors.md); unknown ids raise ``NotFound``. Never catch them in a view.
* Shapes: input extends ``StrictSerializer`` with the fields of ``scrm.api.serializers`` (``StrictInteger``,
  ``StrictString``, ``StrictBoolean``, ``Moment``, ``LocalDate``, ``PublicId``, ``MoneyField``, ``StrictChoice``,
  ``StrictList``, ``FreeObject``). Output extends the same base. Money on the wire is
  ``{"amount": <integer fen>, "currency": "CNY"}``: ``net = MoneyField(source="net_fen")``.
* After adding an endpoint: ``make schema`` (docs/openapi.yaml, errors.md, events.md) and a row in
  ``tests/rules/urls/<app>.py``.

Tests: ``tests.support.api.client(scopes=[...])``.
"""
