"""The console kit: frame, navigation, page bases, template tags, assets.

Longer guide with one list page and one detail page: `docs/console-kit.md`.

    from scrm.console.routes import Nav, page
    from scrm.console.pages import DetailPage, FormPage, ListPage

    @page("members/list/", name="members-list", nav=Nav(section="members", order=10))
    class MemberListPage(ListPage):
        permission = "members.view"
        title = _("会员列表")
        columns = (Column(key="person", label=_("会员"), kind="person", is_primary=True), ...)

        def queryset(self, query):
            return member_list(search=query.search, tiers=query.all("tier"))

Every module named `pages` or `panels` of an installed app is found by itself; nothing has to be
listed in a urls file. Templates start with `{% load console i18n %}`; see all parts on /console/kit/.
"""
