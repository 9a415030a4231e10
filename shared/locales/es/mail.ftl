# Correos. $product es el nombre del producto; momentos, días y tamaños llegan escritos como en el idioma.

mail-not-working = Si el botón no funciona, copie esta dirección en su navegador:
mail-help-mail = ¿Necesita ayuda? Escriba a { $help }.
mail-help-page = ¿Necesita ayuda? La encontrará en { $help }.
mail-why-export = Recibe este correo porque se indicó su dirección al solicitar una exportación de sus datos de { $product }.
mail-why-schedule = Recibe este correo porque su dirección figura en esta programación de exportaciones.
mail-unsubscribe-reminders = ¿No quiere recibir más recordatorios como este? Cancélelos aquí:
mail-unsubscribe-schedule = ¿No quiere recibir más correos sobre esta programación? Cancélelos aquí:
mail-not-you = Si usted no lo ha solicitado, puede ignorar este correo; le recomendamos avisar a los responsables de { $product }.

mail-ready-subject = { $product }: la exportación de sus datos está lista
mail-ready-title = Sus datos están listos
mail-ready-file = La exportación de sus datos de { $product } se ha completado. Es un archivo ZIP.
mail-ready-files = La exportación de sus datos de { $product } se ha completado. Es un conjunto de archivos.
mail-ready-file-locked = La exportación de sus datos de { $product } se ha completado. Es un archivo ZIP cifrado.
mail-ready-files-locked = La exportación de sus datos de { $product } se ha completado. Es un conjunto de archivos cifrados.
mail-download = Ir a la página de descarga
mail-size = Tamaño
mail-page-until = La página funciona hasta el
mail-deleted-at = Se eliminará el
mail-limit =
    { $times ->
        [one] Puede descargarla una vez.
       *[other] Puede descargarla { $times } veces.
    }
mail-asks-code = Por su seguridad, la página enviará un código a esta dirección antes de entregar nada.
mail-asks-signed-in = Por su seguridad, solo puede descargarla mientras tenga la sesión iniciada en { $product }.
mail-locked = El archivo está cifrado. Lo abren estas claves y nada más:
mail-locked-how = Descárguelo y ejecute después esto en un terminal, con su clave privada en { $file }:
mail-locked-lost = Nosotros tampoco podemos abrirlo, ni ayudarle si se pierden las claves privadas.
mail-start-file = En el archivo, abra primero START-HERE.html. Explica qué contiene y cómo usarlo.
mail-start-files = De los archivos, abra primero START-HERE.html. Explica qué contienen y cómo usarlos.
mail-private = El enlace lleva a sus datos: no reenvíe este correo.

mail-failed-subject = { $product }: la exportación de sus datos no se ha podido completar
mail-failed-title = La exportación de sus datos no se ha podido completar
mail-failed-what = El { $asked } se solicitó una exportación de sus datos de { $product }. No se ha podido completar, así que no se ha enviado nada a nadie. Sus datos no han cambiado.
mail-failed-again = Qué puede hacer: solicite una nueva exportación, como la primera vez. A menudo basta con eso.
mail-failed-button = Solicitar una nueva exportación
mail-failed-help = Si vuelve a fallar, escriba a { $help } e indique este número. Con él sabrán qué ha fallado:
mail-failed-help-page = Si vuelve a fallar, acuda a { $help } e indique este número. Con él sabrán qué ha fallado:
mail-failed-people = Si vuelve a fallar, avise a los responsables de { $product } e indique este número. Con él sabrán qué ha fallado:

mail-expiring-subject = { $product }: la exportación de sus datos se eliminará el { $day }
mail-expiring-title = La exportación de sus datos se eliminará pronto
mail-expiring-what = Una exportación de sus datos de { $product } está lista desde el { $ready } y nadie la ha descargado todavía. Se eliminará el { $end }.
mail-expiring-need = Si quiere conservarla, descárguela antes. Si no la necesita, no tiene que hacer nada: puede solicitar una nueva exportación en cualquier momento.

mail-code-subject = { $product }: su código para la descarga
mail-code-title = Su código
mail-code-what = Alguien ha abierto el enlace a sus datos de { $product } y ha solicitado un código. Es este:
mail-code-until = Vale una sola vez, hasta el { $until }. Escríbalo en la página que se lo ha pedido.
mail-code-secret = No diga este código a nadie, tampoco a quien afirme trabajar para { $product }: junto con el enlace da acceso a sus datos.
mail-code-not-you = Si no ha sido usted, otra persona tiene su enlace. Sin este código no obtiene nada, pero avise a los responsables de { $product }.

mail-run-failed-subject = { $product }: una ejecución programada de exportaciones ha fallado
mail-run-failed-title = Una ejecución programada de exportaciones ha fallado
mail-paused-subject = { $product }: una programación de exportaciones está en pausa
mail-paused-title = Una programación de exportaciones está en pausa
mail-run-failed-what = Una ejecución de la programación «{ $name }», que empezó el { $began }, ha fallado.
mail-run-failed-count =
    { $all ->
        [one] Su única exportación ha fallado.
       *[other] Han fallado { $failed } de sus { $all } exportaciones.
    }
mail-run-failed-missing = No se han podido solicitar todas las exportaciones.
mail-run-failed-on = La programación sigue activa y volverá a ejecutarse a su hora.
mail-paused-why =
    { $failures ->
        [one] Por eso la programación está en pausa: no exporta nada hasta que alguien la reanude.
       *[other] Con esta, { $failures } ejecuciones seguidas han fallado. Por eso la programación está en pausa: no exporta nada hasta que alguien la reanude.
    }
mail-paused-how = Cuando se haya corregido la causa, reanúdela con esta petición:
mail-run-numbers = El motivo del fallo se encuentra con estos números:
mail-schedule = Programación
mail-run = Ejecución

# La página que cancela correos.

mail-stop-reminders = ¿Cancelar estos recordatorios?
mail-stop-reminders-what = Ya no recibirá correos que le recuerden una exportación que nadie ha descargado. Los correos que avisan de que una exportación está lista o ha fallado seguirán llegando.
mail-stop-schedule = ¿Cancelar los correos sobre esta programación?
mail-stop-schedule-what = Ya no se le avisará cuando falle una ejecución de esta programación o cuando se ponga en pausa. Asegúrese de que se avise a otra persona.
mail-stop-button = Cancelarlos
mail-stopped = Hecho: están cancelados
mail-stopped-what = Puede cerrar esta página. Si ha sido un error, puede deshacerlo aquí.
mail-stopped-undo = Volver a recibirlos
mail-wanted = Hecho: volverá a recibirlos
mail-wanted-what = Todo está como antes. Puede cerrar esta página.
mail-stop-unknown = Este enlace no funciona
mail-stop-unknown-what = Puede que falte una parte: los programas de correo a veces parten los enlaces largos. Abra el correo de nuevo y copie el enlace completo.
