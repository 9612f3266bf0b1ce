// Stands in for Microsoft Clarity.
document.cookie = "_clck=1;path=/;max-age=31536000";
document.documentElement.dataset.clarity = "ran";
