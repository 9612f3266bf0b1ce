// Stands in for Microsoft Advertising's UET tag.
document.cookie = "_uetvid=1;path=/;max-age=33696000";
document.documentElement.dataset.uet = "ran";
