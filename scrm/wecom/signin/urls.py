"""Addresses of the scan. They stand beside the console's own, and belong to no brand."""

from __future__ import annotations

from django.urls import path

from scrm.wecom.signin.pages import ScanBackView, ScanStartView, WeComAccountPage, WeComBindView

urlpatterns = [
    path("sign-in/wecom/", ScanStartView.as_view(), name="wecom-sign-in"),
    path("sign-in/wecom/back/", ScanBackView.as_view(), name="wecom-sign-in-back"),
    path("account/wecom/", WeComAccountPage.as_view(), name="account-wecom"),
    path("account/wecom/<slug:slug>/", WeComBindView.as_view(), name="account-wecom-bind"),
]
