"""Four eyes: what moves money or masses is asked for by one person and done by another.

A room declares a kind of deed once, in a furniture module:

    approval_kind_register(
        "push.large", label=_("大规模推送"), permission="pushes.send", apply=_apply, describe=_describe
    )

and asks inside its own transaction: ``approval_request("push.large", subject=push.public_id, params={…},
reason="…")``. ``describe(params)`` gives the difference the approver sees, ``apply(params)`` does the deed
when somebody else agrees, in the transaction of the decision. Who asked can never be who agrees: the
service refuses, and so does the database.
"""
